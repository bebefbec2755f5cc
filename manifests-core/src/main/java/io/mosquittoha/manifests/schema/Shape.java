package io.mosquittoha.manifests.schema;

import io.fabric8.kubernetes.api.model.KubernetesResource;
import io.mosquittoha.manifests.values.Choice;
import io.mosquittoha.manifests.values.Inline;
import io.mosquittoha.manifests.values.Value;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** What a value can be. Everything that is done with values is one switch over this. */
sealed interface Shape {

  /** A block with known keys. */
  record Block(Class<? extends Record> type, List<Part> parts) implements Shape {

    /** All keys of the block, those of inlined records among them, in order. */
    List<Keyed> keys() {
      var keys = new ArrayList<Keyed>();
      for (var part : parts) {
        switch (part) {
          case Keyed keyed -> keys.add(keyed);
          case Inlined inlined -> keys.addAll(inlined.block().keys());
        }
      }
      return keys;
    }
  }

  record Flag() implements Shape {}

  record Text() implements Shape {}

  record Whole(boolean optional) implements Shape {}

  record Word(List<? extends Choice> words) implements Shape {}

  record ListOf(Shape element) implements Shape {}

  /** Names of somebody's choice with a text each. */
  record Texts() implements Shape {}

  /** An object whose type belongs to Kubernetes. */
  record Foreign(Class<? extends KubernetesResource> type) implements Shape {}

  /** An object or a text of any kind. */
  record Anything() implements Shape {}

  /** A component of a record. */
  sealed interface Part {
    RecordComponent component();
  }

  record Keyed(RecordComponent component, Value doc, Shape shape) implements Part {
    String name() {
      return component.getName();
    }
  }

  record Inlined(RecordComponent component, Block block) implements Part {}

  static Block of(Class<? extends Record> type) {
    var parts = new ArrayList<Part>();
    for (var component : type.getRecordComponents()) {
      if (component.isAnnotationPresent(Inline.class)) {
        parts.add(new Inlined(component, of(component.getType().asSubclass(Record.class))));
        continue;
      }
      var doc = component.getAnnotation(Value.class);
      if (doc == null) {
        throw new IllegalStateException(
            type.getName() + "." + component.getName() + " needs @Value or @Inline");
      }
      parts.add(new Keyed(component, doc, of(component.getGenericType(), doc)));
    }
    return new Block(type, List.copyOf(parts));
  }

  private static Shape of(Type type, Value doc) {
    return switch (type) {
      case Class<?> plain when plain.isRecord() -> of(plain.asSubclass(Record.class));
      case Class<?> plain when plain == boolean.class -> new Flag();
      case Class<?> plain when plain == int.class || plain == long.class -> new Whole(false);
      case Class<?> plain when plain == OptionalInt.class -> new Whole(true);
      case Class<?> plain when plain == String.class -> new Text();
      case Class<?> plain when plain == Object.class -> new Anything();
      case Class<?> plain when Choice.class.isAssignableFrom(plain) ->
          new Word(
              List.of(plain.getEnumConstants()).stream()
                  .map(constant -> (Choice) constant)
                  .toList());
      case ParameterizedType list when list.getRawType() == List.class ->
          new ListOf(of(list.getActualTypeArguments()[0], doc));
      case ParameterizedType map
          when map.getRawType() == Map.class && map.getActualTypeArguments()[1] == String.class ->
          new Texts();
      case ParameterizedType map when map.getRawType() == Map.class -> new Foreign(doc.fits());
      default -> throw new IllegalStateException("no value can be a " + type.getTypeName());
    };
  }
}
