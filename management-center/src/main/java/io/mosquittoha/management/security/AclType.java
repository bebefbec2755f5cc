package io.mosquittoha.management.security;

import java.util.Arrays;
import java.util.Optional;

/** What a rule of a role is about; named as dynamic security names it. */
public enum AclType {
  PUBLISH_SEND("publishClientSend", "publish", Action.PUBLISH),
  PUBLISH_RECEIVE("publishClientReceive", "receive", Action.RECEIVE),
  SUBSCRIBE_LITERAL("subscribeLiteral", "subscribe to exactly", Action.SUBSCRIBE),
  SUBSCRIBE_PATTERN("subscribePattern", "subscribe", Action.SUBSCRIBE),
  UNSUBSCRIBE_LITERAL("unsubscribeLiteral", "unsubscribe from exactly", Action.UNSUBSCRIBE),
  UNSUBSCRIBE_PATTERN("unsubscribePattern", "unsubscribe", Action.UNSUBSCRIBE);

  private final String key;
  private final String words;
  private final Action action;

  AclType(String key, String words, Action action) {
    this.key = key;
    this.words = words;
    this.action = action;
  }

  /** Its name in dynamic security's commands and file. */
  public String key() {
    return key;
  }

  /** Its name for people. */
  public String words() {
    return words;
  }

  public Action action() {
    return action;
  }

  public boolean literal() {
    return this == SUBSCRIBE_LITERAL || this == UNSUBSCRIBE_LITERAL;
  }

  /** As the broker compares it: without regard to case. */
  public static Optional<AclType> of(String key) {
    return Arrays.stream(values()).filter(type -> type.key.equalsIgnoreCase(key)).findFirst();
  }
}
