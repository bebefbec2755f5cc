package io.mosquittoha.testbed;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/**
 * The labels by which containers and networks of a cluster are found again, in any later process.
 */
final class Labels {

  /** The cluster's name. */
  static final String CLUSTER = "io.mosquittoha.testbed";

  /** The node's name. */
  static final String NODE = CLUSTER + ".node";

  /** The cluster's domain. */
  static final String DOMAIN = CLUSTER + ".domain";

  /**
   * The process that removes the cluster when it ends; absent where a name was given to keep it.
   */
  static final String OWNER = CLUSTER + ".owner";

  /** On a node image: whether it enforces network policies. */
  static final String NETWORK_POLICY = CLUSTER + ".network-policy";

  private static final String SESSION = "org.testcontainers.sessionId";

  private Labels() {}

  /**
   * Labels that Testcontainers cannot add its session to: it removes what carries that when the
   * process ends, and a cluster may outlive the process that started it.
   */
  static Map<String, String> withoutSession(Map<String, String> labels) {
    return new Sessionless(labels);
  }

  private static final class Sessionless extends HashMap<String, String> {

    Sessionless(Map<String, String> labels) {
      super(labels);
    }

    @Override
    public String put(String key, String value) {
      return SESSION.equals(key) ? Objects.requireNonNullElse(get(key), "") : super.put(key, value);
    }

    @Override
    public void putAll(Map<? extends String, ? extends String> more) {
      more.forEach(this::put);
    }
  }
}
