package io.mosquittoha.manifests.schema;

import io.mosquittoha.manifests.values.Choice;
import io.mosquittoha.manifests.values.Value;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The JSON schema (draft 7, which Helm reads) of a chart's values. It is closed: a key that no
 * record knows is an error, for it would do nothing.
 */
public final class JsonSchema {

  private JsonSchema() {}

  /**
   * @param title name of the chart
   * @param defaults the values of the chart, whose type the schema describes
   * @param dependencies charts below this one; Helm puts a key for each among the values
   */
  public static Map<String, Object> of(String title, Record defaults, List<String> dependencies) {
    var schema = new LinkedHashMap<String, Object>();
    schema.put("$schema", "http://json-schema.org/draft-07/schema#");
    schema.put("title", title);
    schema.putAll(block(Shape.of(defaults.getClass()), ValueTree.toMap(defaults), false));
    @SuppressWarnings("unchecked") // Made a few lines below.
    var properties = (Map<String, Object>) schema.get("properties");
    for (var dependency : dependencies) {
      // Not Map.of: its order is another one in each run, and the schema is compared as text.
      var description = new LinkedHashMap<String, Object>();
      description.put("type", "object");
      description.put("description", "Helm's own, for the library chart");
      properties.put(dependency, description);
    }
    return schema;
  }

  private static Map<String, Object> block(Shape.Block block, Map<?, ?> defaults, boolean open) {
    var properties = new LinkedHashMap<String, Object>();
    var required = new ArrayList<String>();
    for (var keyed : block.keys()) {
      var property = new LinkedHashMap<String, Object>();
      property.put("description", keyed.doc().value());
      property.putAll(shape(keyed.shape(), keyed.doc(), defaults.get(keyed.name())));
      if (!(keyed.shape() instanceof Shape.Block) && defaults.containsKey(keyed.name())) {
        property.put("default", defaults.get(keyed.name()));
      }
      properties.put(keyed.name(), property);
      if (!(keyed.shape() instanceof Shape.Whole(var optional) && optional)) {
        required.add(keyed.name());
      }
    }
    var schema = new LinkedHashMap<String, Object>();
    schema.put("type", "object");
    schema.put("additionalProperties", open);
    schema.put("required", required);
    schema.put("properties", properties);
    return schema;
  }

  private static Map<String, Object> shape(Shape shape, Value doc, Object defaults) {
    var schema = new LinkedHashMap<String, Object>();
    switch (shape) {
      case Shape.Block block ->
          schema.putAll(
              block(block, defaults instanceof Map<?, ?> map ? map : Map.of(), doc.open()));
      case Shape.Flag flag -> schema.put("type", "boolean");
      case Shape.Text text -> text(schema, doc, "string");
      case Shape.Whole(var optional) -> {
        schema.put("type", optional ? List.of("integer", "null") : "integer");
        if (Descriptions.hasMinimum(doc)) {
          schema.put("minimum", doc.minimum());
        }
        if (Descriptions.hasMaximum(doc)) {
          schema.put("maximum", doc.maximum());
        }
      }
      case Shape.Word(var words) -> {
        schema.put("type", "string");
        schema.put("enum", words.stream().map(Choice::word).toList());
      }
      case Shape.ListOf(var element) -> {
        schema.put("type", "array");
        if (doc.minimumItems() > 0) {
          schema.put("minItems", doc.minimumItems());
        }
        schema.put("items", shape(element, doc, Map.of()));
      }
      case Shape.Texts texts -> {
        schema.put("type", "object");
        var value = new LinkedHashMap<String, Object>();
        text(value, doc, doc.numbersToo() ? List.of("string", "number") : "string");
        schema.put("additionalProperties", value);
      }
      case Shape.Foreign foreign -> schema.put("type", "object");
      case Shape.Anything anything -> schema.put("type", List.of("object", "string"));
    }
    return schema;
  }

  private static void text(Map<String, Object> schema, Value doc, Object type) {
    schema.put("type", type);
    if (!doc.pattern().isEmpty()) {
      schema.put("pattern", doc.pattern());
    }
  }
}
