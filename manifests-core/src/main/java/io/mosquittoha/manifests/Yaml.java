package io.mosquittoha.manifests;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

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
          .disable(SerializationFeature.FAIL_ON_EMPTY_BEANS)
          .build();

  /** A key that is there twice is a mistake: one of the two would be forgotten. */
  private static final LoadSettings STRICT =
      LoadSettings.builder().setAllowDuplicateKeys(false).build();

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
    var documents = new ArrayList<Map<String, Object>>();
    try {
      for (var document : new Load(STRICT).loadAllFromString(yaml)) {
        switch (document) {
          case null -> {}
          case Map<?, ?> map when map.isEmpty() -> {}
          case Map<?, ?> map -> documents.add(named(map));
          default -> throw new IllegalArgumentException("this is YAML, but no block of names");
        }
      }
    } catch (YamlEngineException e) {
      throw new IllegalArgumentException("this is no YAML: " + e.getMessage(), e);
    }
    return documents;
  }

  private static Map<String, Object> named(Map<?, ?> map) {
    var named = new LinkedHashMap<String, Object>();
    map.forEach((key, value) -> named.put(String.valueOf(key), value));
    return named;
  }
}
