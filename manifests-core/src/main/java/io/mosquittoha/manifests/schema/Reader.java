package io.mosquittoha.manifests.schema;

import io.mosquittoha.manifests.values.Choice;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Makes records of maps and collects everything that does not fit, each with its path. */
final class Reader {

  private final List<String> problems;

  Reader(List<String> problems) {
    this.problems = problems;
  }

  Record block(Shape.Block block, @Nullable Record defaults, Map<String, ?> given, String path) {
    var known = block.keys().stream().map(Shape.Keyed::name).collect(Collectors.toSet());
    for (var key : given.keySet()) {
      if (!known.contains(key)) {
        problem(
            path.isEmpty() ? key : path + "." + key,
            "is unknown; known here are " + String.join(", ", known.stream().sorted().toList()));
      }
    }
    return known(block, defaults, given, path);
  }

  private Record known(
      Shape.Block block, @Nullable Record defaults, Map<String, ?> given, String path) {
    var arguments = new ArrayList<@Nullable Object>();
    for (var part : block.parts()) {
      var before = defaults == null ? null : ValueTree.get(part.component(), defaults);
      arguments.add(
          switch (part) {
            case Shape.Inlined inlined -> known(inlined.block(), (Record) before, given, path);
            case Shape.Keyed keyed -> keyed(keyed, before, given, path);
          });
    }
    return construct(block.type(), arguments);
  }

  private @Nullable Object keyed(
      Shape.Keyed keyed, @Nullable Object before, Map<String, ?> given, String path) {
    var at = ValueTree.join(path, keyed.name());
    if (!given.containsKey(keyed.name())) {
      if (before != null) {
        return before;
      }
      problem(at, "is missing");
      return filler(keyed.shape(), keyed.component());
    }
    var value = given.get(keyed.name());
    if (value == null) {
      if (keyed.shape() instanceof Shape.Whole(var optional) && optional) {
        return OptionalInt.empty();
      }
      problem(at, "may not be null");
      return before != null ? before : filler(keyed.shape(), keyed.component());
    }
    var read = read(keyed.shape(), before, value, at, keyed.doc().numbersToo());
    return read.map(found -> fitted(found, keyed.component()))
        .orElseGet(() -> before != null ? before : filler(keyed.shape(), keyed.component()));
  }

  private Optional<Object> read(
      Shape shape, @Nullable Object before, Object value, String at, boolean numbersToo) {
    return switch (shape) {
      case Shape.Block block when value instanceof Map<?, ?> map ->
          Optional.of(block(block, (Record) before, texts(map), at));
      case Shape.Block block -> wrong(at, value, "a block of values");
      case Shape.Flag flag when value instanceof Boolean -> Optional.of(value);
      case Shape.Flag flag -> wrong(at, value, "true or false");
      case Shape.Text text when value instanceof String -> Optional.of(value);
      case Shape.Text text -> wrong(at, value, "a text (put it in quotes)");
      case Shape.Whole whole when value instanceof Integer || value instanceof Long ->
          Optional.of(value);
      case Shape.Whole whole -> wrong(at, value, "a whole number");
      case Shape.Word(var words) -> word(words, value, at);
      case Shape.ListOf(var element) when value instanceof List<?> list -> {
        var elements = new ArrayList<Object>();
        for (int i = 0; i < list.size(); i++) {
          var each = list.get(i);
          var position = at + "[" + i + "]";
          if (each == null) {
            problem(position, "may not be null");
          } else {
            read(element, null, each, position, numbersToo).ifPresent(elements::add);
          }
        }
        yield Optional.of(elements);
      }
      case Shape.ListOf list -> wrong(at, value, "a list");
      case Shape.Texts texts when value instanceof Map<?, ?> map ->
          Optional.of(textMap(map, before, at, numbersToo));
      case Shape.Texts texts -> wrong(at, value, "names with a text each");
      case Shape.Foreign foreign when value instanceof Map<?, ?> map ->
          Optional.of(merged(before instanceof Map<?, ?> old ? texts(old) : Map.of(), map));
      case Shape.Foreign foreign -> wrong(at, value, "an object");
      case Shape.Anything anything when value instanceof Map || value instanceof String ->
          Optional.of(value);
      case Shape.Anything anything -> wrong(at, value, "an object or a text");
    };
  }

  private Optional<Object> word(List<? extends Choice> words, Object value, String at) {
    for (var word : words) {
      if (word.word().equals(value)) {
        return Optional.of(word);
      }
    }
    return wrong(
        at,
        value,
        words.stream().map(word -> '"' + word.word() + '"').collect(Collectors.joining(" or ")));
  }

  private Map<String, String> textMap(
      Map<?, ?> given, @Nullable Object before, String at, boolean numbersToo) {
    var read = new LinkedHashMap<String, String>();
    if (before instanceof Map<?, ?> old) {
      old.forEach((key, value) -> read.put(String.valueOf(key), String.valueOf(value)));
    }
    given.forEach((key, value) -> {
      var name = String.valueOf(key);
      switch (value) {
        case null -> read.remove(name);
        case String text -> read.put(name, text);
        case Number number when numbersToo -> read.put(name, number.toString());
        default -> wrong(ValueTree.join(at, name), value, "a text (put it in quotes)");
      }
    });
    return read;
  }

  private static Map<String, Object> merged(Map<String, ?> before, Map<?, ?> given) {
    var merged = new LinkedHashMap<String, Object>(before);
    given.forEach((key, value) -> {
      var name = String.valueOf(key);
      if (value == null) {
        merged.remove(name);
      } else if (value instanceof Map<?, ?> map && merged.get(name) instanceof Map<?, ?> old) {
        merged.put(name, merged(texts(old), map));
      } else {
        merged.put(name, value);
      }
    });
    return merged;
  }

  private static Map<String, Object> texts(Map<?, ?> map) {
    var copy = new LinkedHashMap<String, Object>();
    map.forEach((key, value) -> copy.put(String.valueOf(key), value));
    return copy;
  }

  private Optional<Object> wrong(String at, Object value, String expected) {
    problem(at, "is " + shown(value) + " but must be " + expected);
    return Optional.empty();
  }

  private void problem(String path, String text) {
    problems.add(path + ": " + text);
  }

  private static String shown(Object value) {
    return value instanceof String ? "\"" + value + "\"" : String.valueOf(value);
  }

  /** Any number of the right width: YAML has one kind of whole number, Java has several. */
  private Object fitted(Object value, RecordComponent component) {
    if (!(value instanceof Number number)) {
      return value;
    }
    if (component.getType() == long.class) {
      return number.longValue();
    }
    // Out of int's range is out of every int value's range too: the constraint reports it.
    var narrow = Math.clamp(number.longValue(), Integer.MIN_VALUE, Integer.MAX_VALUE);
    return component.getType() == OptionalInt.class ? OptionalInt.of(narrow) : (Object) narrow;
  }

  /** Stands in for what could not be read, so that reading goes on and finds what else is wrong. */
  private static @Nullable Object filler(Shape shape, RecordComponent component) {
    return switch (shape) {
      case Shape.Block block -> {
        var arguments = new ArrayList<@Nullable Object>();
        for (var part : block.parts()) {
          arguments.add(
              switch (part) {
                case Shape.Inlined inlined -> filler(inlined.block(), inlined.component());
                case Shape.Keyed keyed -> filler(keyed.shape(), keyed.component());
              });
        }
        yield construct(block.type(), arguments);
      }
      case Shape.Flag flag -> false;
      case Shape.Text text -> "";
      case Shape.Whole(var optional) when optional -> OptionalInt.empty();
      case Shape.Whole whole when component.getType() == long.class -> (Object) 0L;
      case Shape.Whole whole -> (Object) 0;
      case Shape.Word(var words) -> words.getFirst();
      case Shape.ListOf list -> List.of();
      case Shape.Texts texts -> Map.of();
      case Shape.Foreign foreign -> Map.of();
      case Shape.Anything anything -> "";
    };
  }

  private static Record construct(Class<? extends Record> type, List<@Nullable Object> arguments) {
    var types =
        Arrays.stream(type.getRecordComponents())
            .map(RecordComponent::getType)
            .toArray(Class<?>[]::new);
    try {
      return type.getDeclaredConstructor(types).newInstance(arguments.toArray());
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException("cannot make a " + type.getName(), e);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot make a " + type.getName(), e);
    }
  }
}
