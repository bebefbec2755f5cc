package io.mosquittoha.testbed.quickstart;

import java.util.List;

/**
 * What of an installation runs now.
 *
 * @param running the cluster answers
 * @param ready every pod of the release is ready
 * @param pods the release's pods, by name
 */
record Status(boolean running, boolean ready, List<PodLine> pods) {

  static final Status STOPPED = new Status(false, false, List.of());

  Status {
    pods = List.copyOf(pods);
  }

  /** One pod in a word: {@code ready}, {@code starting}, or the reason why it is neither. */
  record PodLine(String name, String node, String state) {}
}
