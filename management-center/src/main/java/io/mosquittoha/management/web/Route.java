package io.mosquittoha.management.web;

import io.javalin.http.HandlerType;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * One thing that can be asked.
 *
 * @param body what has to be sent, if that is one record
 * @param reply what is answered, if that is more than that it was done
 * @param query names of parameters after the question mark
 */
record Route(
    Kind kind,
    HandlerType method,
    String path,
    Role least,
    String summary,
    Optional<Class<?>> body,
    Optional<Reply> reply,
    List<String> query,
    Answer answer) {

  /** What it answers with. */
  enum Kind {
    PAGE,
    API,
    STREAM
  }

  /** How it answers. */
  sealed interface Answer {}

  record Once(Routes.Handler handler) implements Answer {}

  record Streamed(Routes.StreamHandler handler) implements Answer {}

  /** Words before parameters, so that {@code /users/new} is found before {@code /users/{name}}. */
  static final Comparator<Route> MOST_PARTICULAR_FIRST =
      Comparator.comparing(
          (Route route) -> route.path.replace('{', '\uFFFE').replace('<', '\uFFFF'));

  /** The names of the path's parameters. */
  List<String> parameters() {
    return java.util.regex.Pattern.compile("[{<]([^}>]+)[}>]")
        .matcher(path)
        .results()
        .map(found -> found.group(1))
        .toList();
  }
}
