package io.mosquittoha.management.web;

/** One browser's or programme's stream of server-sent events. */
public interface EventStream {

  /**
   * Sends an event. Slow readers lose events rather than hold anybody up: each stream has a bounded
   * queue, and is closed when it overflows.
   *
   * @param name the event's type
   * @param data text, or an object that becomes JSON
   */
  void send(String name, Object data);

  /** Called once when the other side is gone, or the stream was closed. */
  void onClose(Runnable action);

  void close();
}
