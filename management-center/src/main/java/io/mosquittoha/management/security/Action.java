package io.mosquittoha.management.security;

/** What a client does that the broker may refuse. */
public enum Action {
  PUBLISH("publish to"),
  RECEIVE("receive"),
  SUBSCRIBE("subscribe to"),
  UNSUBSCRIBE("unsubscribe from");

  private final String words;

  Action(String words) {
    this.words = words;
  }

  public String words() {
    return words;
  }
}
