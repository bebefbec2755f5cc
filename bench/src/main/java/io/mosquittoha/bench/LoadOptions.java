package io.mosquittoha.bench;

import io.mosquittoha.bench.load.Library;
import io.mosquittoha.bench.load.Load;
import io.mosquittoha.bench.load.Shape;
import io.mosquittoha.bench.mqtt.Identity;
import io.mosquittoha.bench.mqtt.Target;
import java.time.Duration;
import java.util.List;
import picocli.CommandLine.Option;

/** What is published; the same for one broker and for a comparison of several. */
final class LoadOptions {
  @Option(
      names = "--qos",
      paramLabel = "0|1|2",
      defaultValue = "1",
      description = "of publishers and subscribers (default: ${DEFAULT-VALUE})")
  private int qos = 1;

  @Option(
      names = "--shape",
      defaultValue = "pairs",
      description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})")
  private Shape shape = Shape.pairs;

  @Option(names = "--publishers", paramLabel = "N", description = "default: 10, with fan-out 1")
  private int publishers = -1;

  @Option(names = "--subscribers", paramLabel = "N", description = "default: 10, with fan-in 1")
  private int subscribers = -1;

  @Option(
      names = "--persistent",
      description = "sessions outlive their connections (default: clean sessions)")
  private boolean persistent;

  @Option(
      names = "--payload",
      paramLabel = "BYTES",
      defaultValue = "256",
      description = "of a message (default: ${DEFAULT-VALUE})")
  private int payload = 256;

  @Option(
      names = "--rate",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "messages per second, of all publishers together; 0: as fast as --window allows (default:"
              + " ${DEFAULT-VALUE})")
  private double rate;

  @Option(
      names = "--window",
      paramLabel = "N",
      defaultValue = "50",
      description =
          "messages of one publisher that may be unacknowledged or undelivered (default:"
              + " ${DEFAULT-VALUE})")
  private int window = 50;

  @Option(
      names = "--client",
      defaultValue = "wire",
      description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})")
  private Library client = Library.wire;

  int qos() {
    return qos;
  }

  Load load(
      List<Target> targets,
      Duration warmUp,
      Duration duration,
      int version,
      Identity.Credentials credentials) {
    if (qos < 0 || qos > 2) {
      throw new IllegalArgumentException("--qos is 0, 1 or 2, not " + qos);
    }
    if (window < 1 || rate < 0) {
      throw new IllegalArgumentException("--window is 1 at least, and --rate not negative");
    }
    var from =
        publishers > 0
            ? publishers
            : shape == Shape.fanOut
                ? 1
                : shape == Shape.pairs && subscribers > 0 ? subscribers : 10;
    var to =
        subscribers > 0 ? subscribers : shape == Shape.fanIn ? 1 : shape == Shape.pairs ? from : 10;
    return new Load(
        targets,
        qos,
        shape,
        from,
        to,
        persistent,
        payload,
        rate,
        window,
        warmUp,
        duration,
        version,
        client,
        credentials);
  }
}
