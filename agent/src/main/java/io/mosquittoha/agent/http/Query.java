package io.mosquittoha.agent.http;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** What stands behind the question mark. */
record Query(Map<String, String> values) {

  static Query of(URI uri) throws Problem {
    var values = new HashMap<String, String>();
    var raw = uri.getRawQuery();
    for (var part : raw == null ? new String[0] : raw.split("&")) {
      var equals = part.indexOf('=');
      if (equals > 0) {
        values.put(decoded(part.substring(0, equals)), decoded(part.substring(equals + 1)));
      }
    }
    return new Query(values);
  }

  private static String decoded(String text) throws Problem {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new Problem(400, "The query has a broken %-escape: " + text);
    }
  }

  Optional<String> text(String name) {
    return Optional.ofNullable(values.get(name)).filter(value -> !value.isEmpty());
  }

  boolean flag(String name) throws Problem {
    var value = text(name).orElse("false");
    if (!value.equals("true") && !value.equals("false")) {
      throw new Problem(400, "%s=%s is neither true nor false.".formatted(name, value));
    }
    return value.equals("true");
  }

  int number(String name, int otherwise, int most) throws Problem {
    var value = text(name).orElse(String.valueOf(otherwise));
    if (!value.matches("\\d{1,9}") || Integer.parseInt(value) > most) {
      throw new Problem(400, "%s=%s is not a number from 0 to %d.".formatted(name, value, most));
    }
    return Integer.parseInt(value);
  }

  Optional<Instant> time(String name) throws Problem {
    var value = text(name);
    try {
      return value.map(Instant::parse);
    } catch (DateTimeParseException e) {
      throw new Problem(
          400,
          "%s=%s is no time; write for example 2026-11-25T12:00:00Z."
              .formatted(name, value.orElse("")));
    }
  }
}
