package io.mosquittoha.bench.load;

import io.mosquittoha.bench.mqtt.Identity;
import io.mosquittoha.bench.mqtt.Target;
import java.time.Duration;
import java.util.List;

/**
 * What is to be published, by whom and for how long.
 *
 * @param rate messages per second of all publishers together; 0 is as fast as the window allows
 * @param window messages of a publisher that may be unacknowledged or undelivered at a time
 * @param payload bytes, of which the first 12 say when and by whom
 */
public record Load(
    List<Target> targets,
    int qos,
    Shape shape,
    int publishers,
    int subscribers,
    boolean persistent,
    int payload,
    double rate,
    int window,
    Duration warmUp,
    Duration duration,
    int version,
    Library library,
    Identity.Credentials credentials) {
  public Load {
    if (targets.isEmpty()) {
      throw new IllegalArgumentException("no broker was named");
    }
    if (shape == Shape.pairs && publishers != subscribers) {
      throw new IllegalArgumentException(
          "pairs need as many subscribers as publishers, not "
              + subscribers
              + " and "
              + publishers);
    }
    if (payload < 12) {
      throw new IllegalArgumentException(
          "a payload has 12 bytes at least: it says when and by whom it was sent");
    }
    targets = List.copyOf(targets);
  }

  /** In a few words, for a table's row. */
  public String words() {
    return "QoS %d, %s %d→%d, %s, %d B, %s"
        .formatted(
            qos,
            shape,
            publishers,
            subscribers,
            persistent ? "persistent sessions" : "clean sessions",
            payload,
            rate > 0 ? "%.0f/s".formatted(rate) : "as fast as " + window + " in flight allow");
  }
}
