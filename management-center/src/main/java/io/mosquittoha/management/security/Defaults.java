package io.mosquittoha.management.security;

/** What may be done where no rule says anything. */
public record Defaults(
    boolean publishSend, boolean publishReceive, boolean subscribe, boolean unsubscribe) {

  boolean of(Action action) {
    return switch (action) {
      case PUBLISH -> publishSend;
      case RECEIVE -> publishReceive;
      case SUBSCRIBE -> subscribe;
      case UNSUBSCRIBE -> unsubscribe;
    };
  }
}
