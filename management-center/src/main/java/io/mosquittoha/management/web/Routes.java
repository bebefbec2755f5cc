package io.mosquittoha.management.web;

import io.javalin.http.HandlerType;
import java.util.Optional;

/**
 * Where rooms say what can be asked. Every route names the least role that may use it: there is no
 * default. Paths are Javalin's ({@code /api/v1/clients/{id}}), without the base path.
 */
public interface Routes {

  /** Does what was asked. */
  @FunctionalInterface
  interface Handler {
    /**
     * @throws Problem if it can't be done; anything else is a fault of this application
     */
    void handle(Visit visit) throws Exception;
  }

  /** A page, or a piece of one ({@code text/html}); its path never begins with {@code /api/}. */
  void page(String path, Role least, Handler handler);

  /**
   * A part of the REST interface; its path begins with {@code /api/v1/}. Pages use it too: what a
   * page changes, it changes through here.
   *
   * @param path names after a question mark, {@code /api/v1/clients?search&limit}, only tell
   *     readers of the OpenAPI document which parameters it takes
   * @param summary one sentence for its readers, in the imperative
   * @param body the record that {@link Visit#body} is asked for: readers of the OpenAPI document
   *     see its form
   * @param reply what it answers with, whose form they see as well; empty if it says no more than
   *     that it was done
   */
  void api(
      HandlerType method,
      String path,
      Role least,
      String summary,
      Optional<Class<?>> body,
      Optional<Reply> reply,
      Handler handler);

  /**
   * What only looks; each says what it answers with.
   *
   * @param json a record, or for a list an array: see {@link Reply}
   */
  default void get(String path, Role least, String summary, Class<?> json, Handler handler) {
    get(path, least, summary, Reply.of(json), handler);
  }

  default void get(String path, Role least, String summary, Reply reply, Handler handler) {
    api(HandlerType.GET, path, least, summary, Optional.empty(), Optional.of(reply), handler);
  }

  default void post(String path, Role least, String summary, Handler handler) {
    api(HandlerType.POST, path, least, summary, Optional.empty(), Optional.empty(), handler);
  }

  default void post(String path, Role least, String summary, Class<?> body, Handler handler) {
    api(HandlerType.POST, path, least, summary, Optional.of(body), Optional.empty(), handler);
  }

  default void post(String path, Role least, String summary, Reply reply, Handler handler) {
    api(HandlerType.POST, path, least, summary, Optional.empty(), Optional.of(reply), handler);
  }

  default void post(
      String path, Role least, String summary, Class<?> body, Reply reply, Handler handler) {
    api(HandlerType.POST, path, least, summary, Optional.of(body), Optional.of(reply), handler);
  }

  default void put(String path, Role least, String summary, Class<?> body, Handler handler) {
    api(HandlerType.PUT, path, least, summary, Optional.of(body), Optional.empty(), handler);
  }

  default void put(String path, Role least, String summary, Handler handler) {
    api(HandlerType.PUT, path, least, summary, Optional.empty(), Optional.empty(), handler);
  }

  default void delete(String path, Role least, String summary, Handler handler) {
    api(HandlerType.DELETE, path, least, summary, Optional.empty(), Optional.empty(), handler);
  }

  /** A stream of server-sent events that belongs to the caller until it is closed. */
  void stream(String path, Role least, String summary, StreamHandler handler);

  /** Feeds one stream. */
  @FunctionalInterface
  interface StreamHandler {
    /** Keeps the stream and sends to it from any thread; returns at once. */
    void open(Visit visit, EventStream stream) throws Exception;
  }
}
