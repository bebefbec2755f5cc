package io.mosquittoha.management.web;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** The OpenAPI 3.1 document: what the route table says, so that it can't be wrong about it. */
final class OpenApi {

  private final Map<String, Object> schemas = new LinkedHashMap<>();

  private final String cookie;

  /** Whether what is sent is known already, and records are now of what is answered. */
  private boolean answers;

  private OpenApi(String cookie) {
    this.cookie = cookie;
  }

  /**
   * @param cookie the name of the cookie that has the session
   */
  static Map<String, Object> of(List<Route> routes, String version, String base, String cookie) {
    return new OpenApi(cookie).document(routes, version, base);
  }

  private Map<String, Object> document(List<Route> routes, String version, String base) {
    // Of what is sent, much may be missing; of what is answered, nothing. A record that is both is
    // told as one that is sent.
    routes.forEach(route -> route.body().ifPresent(this::schema));
    answers = true;
    var paths = new LinkedHashMap<String, Map<String, Object>>();
    for (var route : routes) {
      if (route.kind() != Route.Kind.PAGE) {
        paths
            .computeIfAbsent(
                route.path().replace('<', '{').replace('>', '}'), path -> new LinkedHashMap<>())
            .put(route.method().name().toLowerCase(Locale.ROOT), operation(route));
      }
    }
    schemas.put(
        "Problem",
        object(
            Map.of(
                "type", Map.of("type", "string"),
                "title", Map.of("type", "string"),
                "status", Map.of("type", "integer"),
                "detail", Map.of("type", "string", "description", "What is wrong, what to do")),
            List.of("status", "detail")));
    schemas.put(
        "Done",
        object(
            Map.of(
                "message",
                Map.of(
                    "type",
                    "string",
                    "description",
                    "What was done, in a sentence; not there where more is answered than that")),
            List.of()));
    var document = new LinkedHashMap<String, Object>();
    document.put("openapi", "3.1.0");
    document.put(
        "info",
        Map.of(
            "title",
            "Mosquitto HA management center",
            "version",
            version,
            "description",
            "Everything that its pages do. Programmes send an API token as bearer token. With a"
                + " session's cookie, requests that change something need the header"
                + " X-CSRF-Token."));
    document.put("servers", List.of(Map.of("url", base.isEmpty() ? "/" : base)));
    document.put("security", List.of(Map.of("token", List.of()), Map.of("session", List.of())));
    document.put("paths", paths);
    document.put(
        "components",
        Map.of(
            "schemas",
            schemas,
            "securitySchemes",
            Map.of(
                "token", Map.of("type", "http", "scheme", "bearer"),
                "session", Map.of("type", "apiKey", "in", "cookie", "name", cookie))));
    return document;
  }

  private Map<String, Object> operation(Route route) {
    var operation = new LinkedHashMap<String, Object>();
    operation.put(
        "operationId",
        route.method().name().toLowerCase(Locale.ROOT)
            + route.path().replace("/api/v1", "").replaceAll("[^A-Za-z0-9]+", "_"));
    var parts = route.path().split("/");
    operation.put("tags", List.of(parts.length > 3 ? parts[3] : "events"));
    operation.put("summary", route.summary());
    var role = route.least().name().toLowerCase(Locale.ROOT);
    operation.put("x-role", role);
    operation.put(
        "description",
        route.least() == Role.ANYONE ? "For anyone." : "Needs the role " + role + ".");
    if (route.least() == Role.ANYONE) {
      operation.put("security", List.of());
    }
    var parameters = new ArrayList<Map<String, Object>>();
    for (var name : route.parameters()) {
      parameters.add(
          Map.of("name", name, "in", "path", "required", true, "schema", Map.of("type", "string")));
    }
    for (var name : route.query()) {
      parameters.add(Map.of("name", name, "in", "query", "schema", Map.of("type", "string")));
    }
    if (!parameters.isEmpty()) {
      operation.put("parameters", parameters);
    }
    route
        .body()
        .ifPresent(type -> {
          var schema = Map.of("schema", schema(type));
          operation.put(
              "requestBody",
              Map.of(
                  "required",
                  true,
                  "content",
                  Map.of("application/json", schema, "application/x-www-form-urlencoded", schema)));
        });
    operation.put("responses", responses(route));
    return operation;
  }

  private Map<String, Object> responses(Route route) {
    var responses = new LinkedHashMap<String, Object>();
    boolean changes = !route.method().name().equals("GET");
    responses.put(
        "200",
        Map.of("description", changes ? "It is done" : "It is found", "content", content(route)));
    if (route.body().isPresent()) {
      responses.put("400", problem("What was sent is not valid"));
    }
    if (route.least() != Role.ANYONE) {
      responses.put("401", problem("Nobody is logged in, or the token is not good any more"));
      responses.put("403", problem("The role does not include it, or the request is foreign"));
    }
    responses.put("default", problem("It can't be done"));
    return responses;
  }

  private Map<String, Object> content(Route route) {
    if (route.kind() == Route.Kind.STREAM) {
      return Map.of("text/event-stream", Map.of());
    }
    if (route.reply().isEmpty()) {
      return Map.of("application/json", schemaOf("Done"));
    }
    var reply = route.reply().get();
    var content = new LinkedHashMap<String, Object>();
    reply.json().ifPresent(type -> content.put("application/json", Map.of("schema", schema(type))));
    reply.files().forEach(type -> content.put(type, Map.of()));
    return content;
  }

  private static Map<String, Object> problem(String when) {
    return Map.of(
        "description", when, "content", Map.of("application/problem+json", schemaOf("Problem")));
  }

  private static Map<String, Object> schemaOf(String name) {
    return Map.of("schema", Map.of("$ref", "#/components/schemas/" + name));
  }

  private static Map<String, Object> object(Map<String, ?> properties, List<String> required) {
    var schema = new LinkedHashMap<String, Object>();
    schema.put("type", "object");
    schema.put("properties", properties);
    if (!required.isEmpty()) {
      schema.put("required", required);
    }
    return schema;
  }

  private static Map<String, Object> orNull(Map<String, Object> schema) {
    return Map.of("anyOf", List.of(schema, Map.of("type", "null")));
  }

  /** What stands somewhere in a record, as its type and its annotations say. */
  private Map<String, Object> schema(AnnotatedType type) {
    var schema =
        switch (type) {
          case AnnotatedParameterizedType p -> generic(p);
          default -> type.getType() instanceof Class<?> c ? schema(c) : Map.<String, Object>of();
        };
    return type.isAnnotationPresent(Nullable.class) ? orNull(schema) : schema;
  }

  private Map<String, Object> generic(AnnotatedParameterizedType type) {
    var raw = (Class<?>) ((ParameterizedType) type.getType()).getRawType();
    var arguments = type.getAnnotatedActualTypeArguments();
    if (raw == Optional.class) {
      return orNull(schema(arguments[0]));
    }
    if (Collection.class.isAssignableFrom(raw)) {
      return Map.of("type", "array", "items", schema(arguments[0]));
    }
    return Map.class.isAssignableFrom(raw)
        ? Map.of("type", "object", "additionalProperties", schema(arguments[1]))
        : Map.of();
  }

  private Map<String, Object> schema(Class<?> type) {
    return switch (type) {
      case Class<?> c when c == String.class -> Map.of("type", "string");
      case Class<?> c when c == boolean.class || c == Boolean.class -> Map.of("type", "boolean");
      case Class<?> c
          when c == int.class || c == long.class || c == Integer.class || c == Long.class ->
          Map.of("type", "integer");
      case Class<?> c when c == OptionalInt.class || c == OptionalLong.class ->
          orNull(Map.of("type", "integer"));
      case Class<?> c
          when c == double.class || c == float.class || Number.class.isAssignableFrom(c) ->
          Map.of("type", "number");
      case Class<?> c when c == Instant.class -> Map.of("type", "string", "format", "date-time");
      case Class<?> c when c == Duration.class -> Map.of("type", "string", "format", "duration");
      case Class<?> c when c == byte[].class ->
          Map.of("type", "string", "contentEncoding", "base64");
      case Class<?> c when c.isEnum() ->
          Map.of(
              "type",
              "string",
              "enum",
              Arrays.stream(c.getEnumConstants()).map(each -> ((Enum<?>) each).name()).toList());
      case Class<?> c when c.isRecord() -> reference(c);
      case Class<?> c when c.isArray() ->
          Map.of("type", "array", "items", schema(c.getComponentType()));
      case Class<?> c when c == ObjectNode.class || c == Map.class -> Map.of("type", "object");
      default -> Map.of();
    };
  }

  private Map<String, Object> reference(Class<?> type) {
    if (!types.containsKey(type)) {
      var name =
          schemas.containsKey(type.getSimpleName()) ? unambiguous(type) : type.getSimpleName();
      types.put(type, name);
      // First a place for it, for records that hold themselves.
      if (schemas.putIfAbsent(name, Map.of()) != null) {
        throw new IllegalStateException("There are two records " + name);
      }
      schemas.put(name, record(type));
    }
    return Map.of("$ref", "#/components/schemas/" + types.get(type));
  }

  private final Map<Class<?>, String> types = new LinkedHashMap<>();

  private static String unambiguous(Class<?> type) {
    var outer = type.getEnclosingClass();
    var room = type.getPackageName().replaceAll(".*[.]", "");
    return (outer == null
            ? room.substring(0, 1).toUpperCase(Locale.ROOT) + room.substring(1)
            : outer.getSimpleName())
        + type.getSimpleName();
  }

  private Map<String, Object> record(Class<?> type) {
    var properties = new LinkedHashMap<String, Object>();
    var required = new ArrayList<String>();
    for (var component : type.getRecordComponents()) {
      properties.put(component.getName(), schema(component.getAnnotatedType()));
      if (answers ? isAlwaysAnswered(component) : hasToBeSent(component)) {
        required.add(component.getName());
      }
    }
    return object(properties, required);
  }

  private static boolean isAlwaysAnswered(RecordComponent component) {
    return !component.getAccessor().isAnnotationPresent(JsonInclude.class);
  }

  private static boolean hasToBeSent(RecordComponent component) {
    var kind = component.getType();
    var mayBeMissing =
        kind.isPrimitive()
            || kind == String.class
            || kind.getName().startsWith("java.util.")
            || component.getAnnotatedType().isAnnotationPresent(Nullable.class);
    return !mayBeMissing;
  }
}
