package io.mosquittoha.management.security;

import java.nio.charset.StandardCharsets;

/**
 * Whether a rule's pattern covers a topic or a filter, to the byte as Mosquitto 2.1.2 decides it
 * ({@code mosquitto_topic_matches_sub_with_pattern}, {@code
 * mosquitto_sub_matches_acl_with_pattern}): also for patterns that are none, which a role may
 * contain, since the broker checks them only when they are asked.
 */
enum TopicMatch {
  YES,
  NO,
  /** The pattern is none, and the broker noticed it: it refuses. */
  BROKEN;

  static TopicMatch of(String pattern, String topic, String clientId, String username) {
    return new Cursor(bytes(pattern), bytes(topic), bytes(clientId), bytes(username)).match();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static final class Cursor {
    private final byte[] pattern;
    private final byte[] topic;
    private final byte[] clientId;
    private final byte[] username;
    private int at;
    private int in;

    Cursor(byte[] pattern, byte[] topic, byte[] clientId, byte[] username) {
      this.pattern = pattern;
      this.topic = topic;
      this.clientId = clientId;
      this.username = username;
    }

    TopicMatch match() {
      if (pattern.length == 0 || topic.length == 0) {
        return BROKEN;
      }
      if ((pattern[0] == '$') != (topic[0] == '$')) {
        return NO;
      }
      while (pattern(0) != 0) {
        if (startsLevel() && isPlaceholder()) {
          if (!placeholder()) {
            return NO;
          }
          if (topic(0) == 0 && (pattern(0) == 0 || restIsHash())) {
            return YES;
          }
        }
        if (pattern(0) == topic(0) && topic(0) != 0) {
          if (topic(1) == 0 && pattern(1) == '/' && pattern(2) == '#' && pattern(3) == 0) {
            return YES;
          }
          at++;
          in++;
          if (topic(0) == 0) {
            if (pattern(0) == 0) {
              return YES;
            }
            if (pattern(0) == '+' && pattern(1) == 0) {
              return startsLevel() ? YES : BROKEN;
            }
          }
        } else if (pattern(0) == '+') {
          if (topic(0) == '#') {
            return NO;
          }
          if (!startsLevel() || (pattern(1) != 0 && pattern(1) != '/')) {
            return BROKEN;
          }
          at++;
          skipLevel();
          if (topic(0) == 0 && pattern(0) == 0) {
            return YES;
          }
        } else if (pattern(0) == '#') {
          return startsLevel() && pattern(1) == 0 ? YES : BROKEN;
        } else {
          return different();
        }
      }
      return NO;
    }

    /** They differ here; the broker looks through the rest for a {@code #} that isn't the last. */
    private TopicMatch different() {
      if (topic(0) == 0 && at > 0 && pattern(-1) == '+' && pattern(0) == '/' && pattern(1) == '#') {
        return YES;
      }
      for (; pattern(0) != 0; at++) {
        if (pattern(0) == '#' && pattern(1) != 0) {
          return BROKEN;
        }
      }
      return NO;
    }

    private boolean isPlaceholder() {
      return pattern(0) == '%'
          && (pattern(1) == 'c' || pattern(1) == 'u')
          && (pattern(2) == '/' || pattern(2) == 0);
    }

    private boolean placeholder() {
      var value = pattern(1) == 'c' ? clientId : username;
      if (value.length == 0
          || (value.length == 1 && (value[0] == '+' || value[0] == '#' || value[0] == '/'))) {
        return false;
      }
      at += 2;
      int count = 0;
      while (count < value.length && topic(0) != 0 && topic(0) != '/') {
        if (value[count] != topic(0)) {
          return false;
        }
        count++;
        in++;
      }
      return count == value.length;
    }

    private boolean restIsHash() {
      return pattern(0) == '/' && pattern(1) == '#' && pattern(2) == 0;
    }

    private boolean startsLevel() {
      return at == 0 || pattern(-1) == '/';
    }

    private void skipLevel() {
      while (topic(0) != 0 && topic(0) != '/') {
        in++;
      }
    }

    private byte pattern(int offset) {
      return at + offset < pattern.length ? pattern[at + offset] : 0;
    }

    private byte topic(int offset) {
      return in + offset < topic.length ? topic[in + offset] : 0;
    }
  }
}
