package io.mosquittoha.management.security;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.mosquittoha.management.web.Problem;
import io.mosquittoha.management.web.Visit;
import java.io.IOException;

/** JSON that may be long: the body itself, or the file {@code file} of a multipart form. */
public final class SentJson {

  private static final ObjectMapper JSON = new ObjectMapper();

  private SentJson() {}

  /**
   * What was sent.
   *
   * @throws Problem 400 if it is no JSON
   */
  public static JsonNode of(Visit visit) {
    if (!visit.context().isMultipartFormData()) {
      return visit.body(JsonNode.class);
    }
    var file = visit.context().uploadedFile("file");
    if (file == null) {
      throw new Problem(400, "Choose a file: the form has none with the name 'file'.");
    }
    try (var content = file.content()) {
      return JSON.readTree(content);
    } catch (IOException e) {
      throw new Problem(400, "The file is no JSON. Choose one that was downloaded here.");
    }
  }
}
