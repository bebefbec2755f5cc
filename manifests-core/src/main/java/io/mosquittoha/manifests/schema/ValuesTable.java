package io.mosquittoha.manifests.schema;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.mosquittoha.manifests.values.Choice;
import io.mosquittoha.manifests.values.Value;
import java.util.Map;
import java.util.stream.Collectors;

/** The table of values in a chart's README. */
public final class ValuesTable {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final StringBuilder rows = new StringBuilder();

  private ValuesTable() {}

  /** One table per block of the outermost level, in Markdown. */
  public static String of(Record defaults) {
    var table = new ValuesTable();
    table.all(Shape.of(defaults.getClass()), ValueTree.toMap(defaults));
    return table.rows.toString();
  }

  private void all(Shape.Block block, Map<?, ?> defaults) {
    head("Everything");
    for (var keyed : block.keys()) {
      if (!(keyed.shape() instanceof Shape.Block)) {
        row(keyed, keyed.name(), defaults.get(keyed.name()));
      }
    }
    for (var keyed : block.keys()) {
      if (keyed.shape() instanceof Shape.Block inner) {
        head("`" + keyed.name() + "`: " + keyed.doc().value());
        rows(inner, keyed.name(), (Map<?, ?>) defaults.get(keyed.name()));
      }
    }
  }

  private void head(String title) {
    rows.append("\n### ").append(title).append("\n\n");
    rows.append("| Value | Type | Default | What it does |\n|---|---|---|---|\n");
  }

  private void rows(Shape.Block block, String path, Map<?, ?> defaults) {
    for (var keyed : block.keys()) {
      var at = path + "." + keyed.name();
      var value = defaults.get(keyed.name());
      if (keyed.shape() instanceof Shape.Block inner) {
        rows(inner, at, (Map<?, ?>) value);
      } else {
        row(keyed, at, value);
      }
    }
  }

  private void row(Shape.Keyed keyed, String path, Object value) {
    rows.append("| `").append(path).append("` | ");
    rows.append(escaped(type(keyed.shape(), keyed.doc()))).append(" | `");
    rows.append(escaped(json(value))).append("` | ");
    rows.append(escaped(keyed.doc().value())).append(" |\n");
  }

  private static String type(Shape shape, Value doc) {
    return switch (shape) {
      case Shape.Block block ->
          block.keys().stream().map(Shape.Keyed::name).collect(Collectors.joining(", ", "{", "}"));
      case Shape.Flag flag -> "true or false";
      case Shape.Text text ->
          doc.example().isEmpty() ? "text" : "text like `" + doc.example() + "`";
      case Shape.Whole whole -> Descriptions.range(doc);
      case Shape.Word(var words) ->
          words.stream()
              .map(Choice::word)
              .map(word -> word.isEmpty() ? "`\"\"`" : "`" + word + "`")
              .collect(Collectors.joining(", "));
      case Shape.ListOf(var element) -> "list of " + type(element, doc);
      case Shape.Texts texts ->
          doc.example().isEmpty()
              ? "names with texts"
              : "names with texts like `" + doc.example() + "`";
      case Shape.Foreign(var type) ->
          type == Value.Anything.class ? "object" : "`" + type.getSimpleName() + "`";
      case Shape.Anything anything -> "objects or texts";
    };
  }

  private static String json(Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("cannot write " + value, e);
    }
  }

  private static String escaped(String cell) {
    return cell.replace("|", "\\|");
  }
}
