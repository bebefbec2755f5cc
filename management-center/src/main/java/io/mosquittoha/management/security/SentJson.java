package io.mosquittoha.management.security;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.mosquittoha.management.web.Problem;
import io.mosquittoha.management.web.Visit;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;

/** JSON that may be long: the body itself, or the file {@code file} of a multipart form. */
public final class SentJson {

  /** What a file may take in memory: what is made of it, and compared, takes several times that. */
  private static final long MOST = Runtime.getRuntime().maxMemory() / 8;

  private static final StreamReadConstraints CONSTRAINTS =
      StreamReadConstraints.builder()
          .maxStringLength(
              (int) Math.min(StreamReadConstraints.DEFAULT_MAX_STRING_LEN, MOST * 2 / 3))
          .build();

  private static final ObjectMapper JSON =
      new ObjectMapper(JsonFactory.builder().streamReadConstraints(CONSTRAINTS).build());

  /** Keeps nothing of what it read. */
  private static final JsonFactory PASSING =
      JsonFactory.builder()
          .streamReadConstraints(CONSTRAINTS)
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .build();

  private SentJson() {}

  /**
   * What was sent.
   *
   * @throws Problem 400 if it is no JSON, 413 if it would take too much memory
   */
  public static JsonNode of(Visit visit) {
    if (!visit.context().isMultipartFormData()) {
      return visit.body(JsonNode.class);
    }
    var file = visit.context().uploadedFile("file");
    if (file == null) {
      throw new Problem(400, "Choose a file: the form has none with the name 'file'.");
    }
    try {
      try (var content = file.content()) {
        weigh(content);
      }
      try (var content = file.content()) {
        return JSON.readTree(content);
      }
    } catch (StreamConstraintsException e) {
      throw tooMuch();
    } catch (IOException e) {
      throw new Problem(400, "The file is no JSON. Choose one that was downloaded here.");
    }
  }

  /** Whether such a file would be taken. */
  public static boolean takes(byte[] file) {
    try {
      weigh(new ByteArrayInputStream(file));
      return true;
    } catch (Problem | IOException e) {
      return false;
    }
  }

  /** Running out of memory ends the process: better to know before how much it will be. */
  private static void weigh(InputStream content) throws IOException {
    long left = MOST;
    try (var parser = PASSING.createParser(content)) {
      while (parser.nextToken() != null) {
        left -= weight(parser);
        if (left < 0) {
          throw tooMuch();
        }
      }
    }
  }

  /** Bytes that a tree takes for it, about. */
  private static int weight(JsonParser at) throws IOException {
    return switch (at.currentToken()) {
      case START_OBJECT -> 200;
      case START_ARRAY -> 100;
      case FIELD_NAME, VALUE_STRING -> 64 + at.getTextLength();
      case END_OBJECT, END_ARRAY -> 0;
      default -> 32;
    };
  }

  private static Problem tooMuch() {
    return new Problem(
        413,
        "The file would take more than the %d MiB of memory that there are for one. Nothing was done. Send it in parts, or raise managementCenter.heap, and the limit of memory by as much."
            .formatted(MOST >> 20));
  }
}
