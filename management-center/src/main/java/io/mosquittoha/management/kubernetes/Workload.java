package io.mosquittoha.management.kubernetes;

import io.mosquittoha.management.web.Problem;
import java.util.List;
import java.util.function.Consumer;

/**
 * The brokers' StatefulSet and its pods. Every method asks Kubernetes now, and throws a {@link
 * Problem}: 501 without Kubernetes, 503 if it does not answer or the service account may not (the
 * permission is named), 404 if there is no such pod, 409 if it can't be for a reason that is said.
 */
public interface Workload extends AutoCloseable {

  /** How many brokers there are and should be, and whether that can be changed here. */
  Size size();

  /**
   * Has so many brokers; brokers with the highest numbers go first.
   *
   * @throws Problem 409 if {@link Size} does not allow it, with the reason and what to do
   */
  void scale(int brokers);

  /** Ends a broker's pod; the StatefulSet makes it anew. */
  void restart(String pod);

  PodFacts pod(String pod);

  /**
   * The end of a broker's log.
   *
   * @param lines at the most, up to {@value PodLog#MOST_LINES}
   * @param previous of the container before its last restart
   */
  PodLog log(String pod, int lines, boolean previous);

  /**
   * What a broker logs from now on.
   *
   * @param before how many lines of what it logged before come first
   * @param line told each line, by one thread; long ones are cut
   * @param end told once when there is no more: the pod is gone, or the other side gave up
   * @return ends it; {@code end} is not told then
   */
  Following follow(String pod, int before, Consumer<String> line, Runnable end);

  /** A log that is being followed. */
  @FunctionalInterface
  interface Following extends AutoCloseable {
    @Override
    void close();
  }

  /** What the service account may do; answers without throwing. */
  List<Permission> permissions();

  @Override
  void close();
}
