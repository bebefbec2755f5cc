package io.mosquittoha.management.web;

import io.javalin.http.Context;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One request: who asks, for what, and the ways to answer. */
public interface Visit {

  Person who();

  /** Javalin's own view of the request, for what has no shorthand here. */
  Context context();

  /** A parameter of the path. */
  default String path(String name) {
    return context().pathParam(name);
  }

  /** A parameter of the query, or "". */
  default String query(String name) {
    var value = context().queryParam(name);
    return value == null ? "" : value;
  }

  /**
   * What was sent: JSON, or a form (whose fields become the record's components; repeated ones a
   * list).
   *
   * @throws Problem 400 if it is not of that form, saying which field is wrong
   */
  <T> T body(Class<T> type);

  /**
   * Answers with a whole page or a piece of one.
   *
   * @param template a file of {@code src/main/jte}, like {@code cluster/home.jte}
   * @param parameters its parameters; {@code page} is added: see {@link Page}
   */
  void render(String template, Map<String, ?> parameters);

  /** Answers with JSON. */
  void json(Object body);

  /**
   * Answers that it was done. A page shows the sentence and refreshes what changed; others get
   * {@code {"message": …}}.
   */
  void done(String sentence);

  /**
   * Writes down who did what. Returns when it is on the disk; call it before the answer, also when
   * it failed.
   *
   * @param action a short name of it, like {@code client.disconnect}
   * @param target what it was done to
   * @param before what there was, as an object that becomes JSON; null if there was nothing
   * @param after what there is now, or null
   */
  void audit(String action, String target, @Nullable Object before, @Nullable Object after);
}
