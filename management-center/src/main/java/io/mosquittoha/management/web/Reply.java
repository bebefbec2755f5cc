package io.mosquittoha.management.web;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;

/**
 * What a route of the REST interface answers with, for readers of the OpenAPI document.
 *
 * @param json what becomes JSON: a record, or for a list an array; a map or an {@link ObjectNode}
 *     if no more is told than that it is an object
 * @param files media types of what is no JSON
 */
public record Reply(Optional<Class<?>> json, List<String> files) {

  public static Reply of(Class<?> json) {
    return new Reply(Optional.of(json), List.of());
  }

  public static Reply file(String mediaType) {
    return new Reply(Optional.empty(), List.of(mediaType));
  }

  /** The same, or a file if that is asked for. */
  public Reply orFile(String mediaType) {
    return new Reply(json, List.of(mediaType));
  }
}
