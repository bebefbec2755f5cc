package io.mosquittoha.management.web;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.Context;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Makes records of what was sent. No component is null unless it says so: what is missing is "", 0,
 * false, empty, or a problem that names it.
 */
final class Bodies {

  private final ObjectMapper json;

  Bodies(ObjectMapper json) {
    this.json = json;
  }

  <T> T read(Context context, Class<T> type) {
    var node = context.isJson() ? json(context) : form(context, type);
    if (node instanceof ObjectNode object && type.isRecord()) {
      fill(object, type, "");
    }
    return convert(node, type);
  }

  private JsonNode json(Context context) {
    try {
      var node = json.readTree(context.bodyAsBytes());
      if (node == null || node.isMissingNode()) {
        throw new Problem(400, "The body is empty. Send JSON.");
      }
      return node;
    } catch (JsonProcessingException e) {
      var where = e.getLocation();
      throw new Problem(
          400,
          "The body is no JSON: line %d, column %d."
              .formatted(
                  where == null ? 1 : where.getLineNr(), where == null ? 1 : where.getColumnNr()));
    } catch (java.io.IOException e) {
      throw new Problem(400, "The body could not be read.");
    }
  }

  private JsonNode form(Context context, Class<?> type) {
    Map<String, List<String>> sent =
        context.isFormUrlencoded() || context.isMultipartFormData()
            ? context.formParamMap()
            : context.queryParamMap();
    if (!type.isRecord()) {
      throw new Problem(415, "Send JSON, with Content-Type: application/json.");
    }
    var object = json.createObjectNode();
    for (var component : type.getRecordComponents()) {
      var values = sent.get(component.getName());
      if (values == null || values.isEmpty()) {
        continue;
      }
      var kind = kind(component.getGenericType());
      if (Collection.class.isAssignableFrom(kind)) {
        var array = object.putArray(component.getName());
        values.forEach(array::add);
      } else if (kind == boolean.class || kind == Boolean.class) {
        object.put(
            component.getName(), !values.getLast().isEmpty() && !values.getLast().equals("false"));
      } else if (values.getFirst().isEmpty() && component.getType() != String.class) {
        // An empty field of a form is one that was left out.
        continue;
      } else {
        object.put(component.getName(), values.getFirst());
      }
    }
    return object;
  }

  /** What is sent for a component: of an optional one what it may have. */
  private static Class<?> kind(Type type) {
    return switch (type) {
      case Class<?> c -> c;
      case ParameterizedType p when p.getRawType() == Optional.class ->
          kind(p.getActualTypeArguments()[0]);
      case ParameterizedType p when p.getRawType() instanceof Class<?> raw -> raw;
      default -> Object.class;
    };
  }

  private static void fill(ObjectNode object, Class<?> type, String path) {
    for (var component : type.getRecordComponents()) {
      var name = component.getName();
      var value = object.get(name);
      if (value == null || value.isNull()) {
        whenMissing(object, component, path + name);
      } else {
        deeper(value, component.getGenericType(), path + name);
      }
    }
  }

  private static void deeper(JsonNode value, Type type, String path) {
    switch (type) {
      case Class<?> c when c.isRecord() && value instanceof ObjectNode object ->
          fill(object, c, path + ".");
      case ParameterizedType p when p.getActualTypeArguments().length == 1 -> {
        if (value.isArray()) {
          for (var i = 0; i < value.size(); i++) {
            deeper(value.get(i), p.getActualTypeArguments()[0], path + "[" + i + "]");
          }
        } else {
          deeper(value, p.getActualTypeArguments()[0], path);
        }
      }
      default -> {}
    }
  }

  private static void whenMissing(ObjectNode object, RecordComponent component, String path) {
    var type = component.getType();
    var name = component.getName();
    if (component.getAnnotatedType().isAnnotationPresent(Nullable.class)
        || type.getName().startsWith("java.util.Optional")) {
      object.remove(name);
    } else if (type == boolean.class) {
      object.put(name, false);
    } else if (type.isPrimitive()) {
      object.put(name, 0);
    } else if (type == String.class) {
      object.put(name, "");
    } else if (Collection.class.isAssignableFrom(type)) {
      object.putArray(name);
    } else if (Map.class.isAssignableFrom(type)) {
      object.putObject(name);
    } else {
      throw new Problem(400, "%s is missing.".formatted(path));
    }
  }

  private <T> T convert(JsonNode node, Class<T> type) {
    try {
      return Optional.ofNullable(json.treeToValue(node, type))
          .orElseThrow(() -> new Problem(400, "The body is empty."));
    } catch (UnrecognizedPropertyException e) {
      throw new Problem(
          400,
          "%s is not known here. Known are: %s."
              .formatted(
                  e.getPropertyName(),
                  e.getKnownPropertyIds() == null
                      ? ""
                      : e.getKnownPropertyIds().stream()
                          .map(String::valueOf)
                          .collect(Collectors.joining(", "))));
    } catch (JsonMappingException e) {
      if (e.getCause() instanceof Problem problem) {
        throw problem;
      }
      throw new Problem(400, "%s has a wrong value%s.".formatted(field(e), reason(e)));
    } catch (JsonProcessingException e) {
      throw new Problem(400, "The body is not of the form that is needed here.");
    }
  }

  private static String field(JsonMappingException e) {
    var field =
        e.getPath().stream()
            .map(step ->
                step.getFieldName() == null ? "[" + step.getIndex() + "]" : step.getFieldName())
            .collect(Collectors.joining("."));
    return field.isEmpty() ? "The body" : field;
  }

  /** What a record's own check says is for the caller; what Jackson says names classes. */
  private static String reason(JsonMappingException e) {
    return e.getCause() instanceof IllegalArgumentException cause && cause.getMessage() != null
        ? ": " + cause.getMessage()
        : "";
  }
}
