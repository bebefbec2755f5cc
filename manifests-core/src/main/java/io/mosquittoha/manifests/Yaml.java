package io.mosquittoha.manifests;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** YAML as people like to read it. */
final class Yaml {

  private static final YAMLMapper MAPPER =
      YAMLMapper.builder()
          .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
          .disable(YAMLGenerator.Feature.SPLIT_LINES)
          .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
          .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
          .enable(YAMLGenerator.Feature.INDENT_ARRAYS_WITH_INDICATOR)
          .enable(YAMLGenerator.Feature.LITERAL_BLOCK_STYLE)
          .enable(com.fasterxml.jackson.core.JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .disable(SerializationFeature.FAIL_ON_EMPTY_BEANS)
          .build();

  private static final ObjectReader MAPS =
      MAPPER.readerFor(new TypeReference<LinkedHashMap<String, Object>>() {});

  private Yaml() {}

  static String write(Object value) {
    try {
      return MAPPER.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A single document; an empty one is an empty map. */
  static Map<String, Object> read(String yaml) {
    var documents = readAll(yaml);
    return documents.isEmpty() ? Map.of() : documents.getFirst();
  }

  static List<Map<String, Object>> readAll(String yaml) {
    try (MappingIterator<Map<String, Object>> documents = MAPS.readValues(yaml)) {
      return documents.readAll().stream()
          .filter(document -> document != null && !document.isEmpty())
          .toList();
    } catch (IOException e) {
      throw new IllegalArgumentException("this is no YAML: " + e.getMessage(), e);
    }
  }
}
