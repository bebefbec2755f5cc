package io.mosquittoha.manifests.schema;

import io.mosquittoha.manifests.values.Choice;
import io.mosquittoha.manifests.values.InvalidVariantException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** Records as the maps that YAML is made of, and back. */
public final class ValueTree {

  private ValueTree() {}

  /** Every value of the record, in the record's order; null is YAML's word for "none". */
  public static Map<String, @Nullable Object> toMap(Record values) {
    var map = new LinkedHashMap<String, @Nullable Object>();
    fill(map, Shape.of(values.getClass()), values);
    return map;
  }

  /** Only those values in which a record differs from another of its type. */
  public static Map<String, @Nullable Object> differences(Record values, Record from) {
    return differences(toMap(values), toMap(from));
  }

  /**
   * A record made of another one and of what differs from it, merged as Helm merges: blocks and
   * maps key by key, lists as a whole, a null takes the key away.
   *
   * @throws InvalidVariantException naming every value that is unknown or of the wrong kind
   */
  public static <R extends Record> R overlay(R defaults, Map<String, ?> differences) {
    var problems = new ArrayList<String>();
    var reader = new Reader(problems);
    @SuppressWarnings("unchecked") // The class of an R.
    var type = (Class<R>) defaults.getClass();
    try {
      var read = type.cast(reader.block(Shape.of(type), defaults, differences, ""));
      if (problems.isEmpty()) {
        return read;
      }
    } catch (InvalidVariantException e) {
      problems.addAll(e.problems());
    }
    throw new InvalidVariantException(problems);
  }

  static Object get(RecordComponent component, Record of) {
    try {
      return component.getAccessor().invoke(of);
    } catch (IllegalAccessException | InvocationTargetException e) {
      throw new IllegalStateException("cannot read " + component, e);
    }
  }

  static String join(String path, String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  /** A value as it stands in YAML. */
  static Object plain(Shape shape, Object value) {
    return switch (shape) {
      case Shape.Block block -> {
        var map = new LinkedHashMap<String, @Nullable Object>();
        fill(map, block, (Record) value);
        yield map;
      }
      case Shape.Word word -> ((Choice) value).word();
      case Shape.ListOf(var element) ->
          ((List<?>) value).stream().map(each -> plain(element, each)).toList();
      case Shape.Flag flag -> value;
      case Shape.Text text -> value;
      case Shape.Whole whole -> value;
      case Shape.Texts texts -> value;
      case Shape.Foreign foreign -> value;
      case Shape.Anything anything -> value;
    };
  }

  private static void fill(Map<String, @Nullable Object> map, Shape.Block block, Record values) {
    for (var part : block.parts()) {
      var value = get(part.component(), values);
      switch (part) {
        case Shape.Inlined inlined -> fill(map, inlined.block(), (Record) value);
        case Shape.Keyed keyed when value instanceof OptionalInt number -> {
          // YAML's own way to say "none", which records have no word for.
          map.put(keyed.name(), number.isPresent() ? (Object) number.getAsInt() : null);
        }
        case Shape.Keyed keyed -> map.put(keyed.name(), plain(keyed.shape(), value));
      }
    }
  }

  private static Map<String, @Nullable Object> differences(Map<?, ?> values, Map<?, ?> from) {
    var differences = new LinkedHashMap<String, @Nullable Object>();
    values.forEach((key, value) -> {
      var other = from.get(key);
      if (Objects.equals(value, other)) {
        return;
      }
      if (value instanceof Map<?, ?> map && other instanceof Map<?, ?> otherMap) {
        differences.put(String.valueOf(key), differences(map, otherMap));
      } else {
        differences.put(String.valueOf(key), value);
      }
    });
    // What only the defaults have has to be taken away by name.
    from.forEach((key, value) -> {
      if (!values.containsKey(key)) {
        differences.put(String.valueOf(key), null);
      }
    });
    return differences;
  }
}
