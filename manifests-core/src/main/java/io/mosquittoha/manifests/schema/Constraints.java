package io.mosquittoha.manifests.schema;

import io.fabric8.kubernetes.api.model.KubernetesResource;
import io.mosquittoha.manifests.values.Value;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/** Checks what the descriptions of values promise. */
public final class Constraints {

  private Constraints() {}

  /** Every value that breaks its own description, as {@code path: what to write instead}. */
  public static List<String> broken(String path, Record values) {
    var problems = new ArrayList<String>();
    block(Shape.of(values.getClass()), values, path, problems);
    return problems;
  }

  private static void block(
      Shape.Block block, Record values, String path, Collection<String> problems) {
    for (var part : block.parts()) {
      var value = ValueTree.get(part.component(), values);
      switch (part) {
        case Shape.Inlined inlined -> block(inlined.block(), (Record) value, path, problems);
        case Shape.Keyed keyed ->
            value(keyed.shape(), keyed.doc(), value, ValueTree.join(path, keyed.name()), problems);
      }
    }
  }

  private static void value(
      Shape shape, Value doc, Object value, String at, Collection<String> problems) {
    switch (shape) {
      case Shape.Block block -> block(block, (Record) value, at, problems);
      case Shape.Whole whole -> range(doc, value, at, problems);
      case Shape.Text text -> pattern(doc, (String) value, at, problems);
      case Shape.Texts texts ->
          ((Map<?, ?>) value)
              .forEach((key, each) ->
                  pattern(doc, (String) each, ValueTree.join(at, (String) key), problems));
      case Shape.ListOf(var element) -> {
        var list = (List<?>) value;
        if (list.size() < doc.minimumItems()) {
          problems.add(at + ": needs at least " + doc.minimumItems() + " element(s)");
        }
        for (int i = 0; i < list.size(); i++) {
          value(element, doc, list.get(i), at + "[" + i + "]", problems);
        }
      }
      case Shape.Foreign(var type) -> foreign(type, (Map<?, ?>) value, at, problems);
      case Shape.Flag flag -> {}
      case Shape.Word word -> {}
      case Shape.Anything anything -> {}
    }
  }

  private static void range(Value doc, Object value, String at, Collection<String> problems) {
    if (value instanceof OptionalInt none && none.isEmpty()) {
      return;
    }
    var number = value instanceof OptionalInt some ? some.getAsInt() : ((Number) value).longValue();
    if (number < doc.minimum() || number > doc.maximum()) {
      problems.add(at + ": is " + number + " but must be " + Descriptions.range(doc));
    }
  }

  private static void pattern(Value doc, String text, String at, Collection<String> problems) {
    if (!doc.pattern().isEmpty() && !Pattern.compile(doc.pattern()).matcher(text).find()) {
      problems.add(at + ": \"" + text + "\" cannot be used; write it like " + doc.example());
    }
  }

  private static void foreign(
      Class<? extends KubernetesResource> type,
      Map<?, ?> value,
      String at,
      Collection<String> problems) {
    if (type == Value.Anything.class) {
      return;
    }
    switch (Strict.read(type, value)) {
      case Strict.Misfit(var reason) ->
          problems.add(at + ": is no " + type.getSimpleName() + ": " + reason);
      case Strict.Fits<?>(var object) ->
          Strict.unknownFields(object)
              .forEach(field ->
                  problems.add(
                      at + "." + field + ": " + type.getSimpleName() + " has no such field"));
    }
  }
}
