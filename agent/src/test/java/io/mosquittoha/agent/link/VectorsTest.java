package io.mosquittoha.agent.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The same frames, as bytes and as meaning, that the plugin is tested with. */
class VectorsTest {

  private static final Path VECTORS = Path.of("../broker/vectors");
  private static final JsonMapper JSON = new JsonMapper();

  static Stream<String> vectors() throws IOException {
    try (var files = Files.list(VECTORS)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".hex"))
          .map(name -> name.replace(".hex", ""))
          .sorted()
          .toList()
          .stream();
    }
  }

  @Test
  void vectors_whenCounted_thenEveryTypeOfTheSocketHasOne() throws IOException {
    var shown = new java.util.TreeSet<String>();
    for (var name : vectors().toList()) {
      shown.add(meaning(name).path("type").asText());
    }
    var missing =
        Stream.of(FrameType.values())
            .filter(type -> type.code() < 0x60 || type.code() > 0x6F)
            .filter(type -> !shown.contains(type.name()))
            .toList();
    assertThat(missing).as("types without a vector").isEmpty();
  }

  @ParameterizedTest
  @MethodSource("vectors")
  void frame_whenReadAndWritten_thenItIsTheVector(String name) throws IOException {
    var bytes =
        HexFormat.of().parseHex(Files.readString(VECTORS.resolve(name + ".hex")).strip());
    var body = ByteBuffer.wrap(bytes, 4, bytes.length - 4).slice();
    if (name.startsWith("refused-")) {
      assertThatThrownBy(() -> Frame.decode(body))
          .as(name)
          .isInstanceOf(BadFrameException.class);
      return;
    }
    var frame = Frame.decode(body);
    var meaning = meaning(name);
    assertThat(frame.type().name()).isEqualTo(meaning.path("type").asText());
    assertThat(readable(frame)).isEqualTo(expected(frame, meaning));
    if (!name.startsWith("decode-only-")) {
      assertThat(frame.encode()).as("bytes").isEqualTo(bytes);
    }
  }

  private static JsonNode meaning(String name) throws IOException {
    return JSON.readTree(Files.readString(VECTORS.resolve(name + ".json")));
  }

  private static Map<String, String> readable(Frame frame) {
    var readable = new LinkedHashMap<String, String>();
    frame
        .values()
        .forEach(
            (name, value) ->
                readable.put(
                    name,
                    switch (value) {
                      case byte[] bytes -> HexFormat.of().formatHex(bytes);
                      case Long number when frame.type().fields().get(name) == Kind.U64 ->
                          Long.toUnsignedString(number);
                      default -> value.toString();
                    }));
    return readable;
  }

  private static Map<String, String> expected(Frame frame, JsonNode meaning) {
    var expected = new LinkedHashMap<String, String>();
    frame
        .type()
        .fields()
        .keySet()
        .forEach(
            name -> {
              if (!meaning.path(name).isNull()) {
                expected.put(name, meaning.path(name).asText());
              }
            });
    return expected;
  }
}
