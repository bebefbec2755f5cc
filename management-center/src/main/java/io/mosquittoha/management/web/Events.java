package io.mosquittoha.management.web;

/**
 * Tells all open pages that something changed; they ask for the piece that shows it. Names in use:
 * {@code cluster}, {@code timeline}, {@code clients}, {@code security}, {@code metrics}, {@code
 * audit}, {@code users}.
 */
public interface Events {

  /** May be called from any thread, as often as one likes: bursts of one name become one event. */
  void changed(String name);
}
