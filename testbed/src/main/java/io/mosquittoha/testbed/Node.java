package io.mosquittoha.testbed;

import com.github.dockerjava.api.exception.NotModifiedException;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** A node of a cluster: a container that can be lost, frozen and looked into. */
public final class Node {

  // On a volume, so that an image on its way through does not land on the container's own layer.
  private static final String LANDING = "/var/lib/rancher/k3s";

  private final String name;
  private final String container;
  private final String network;

  Node(String name, String container, String network) {
    this.name = name;
    this.container = container;
    this.network = network;
  }

  /** What the cluster calls it. */
  public String name() {
    return name;
  }

  /** Its address on the network that the nodes share. It may be another one after a restart. */
  public String address() {
    var settings =
        Engine.client()
            .inspectContainerCmd(container)
            .exec()
            .getNetworkSettings()
            .getNetworks()
            .get(network);
    var address = settings == null ? null : settings.getIpAddress();
    if (address == null || address.isEmpty()) {
      throw new IllegalStateException("%s has no address now; start it first".formatted(name));
    }
    return address;
  }

  /** Loses the node at once, as when its power is cut. */
  public void stop() {
    Engine.client().killContainerCmd(container).exec();
    // The kill is asynchronous: the container is not gone before the wait says so.
    Engine.client().waitContainerCmd(container).start().awaitStatusCode();
  }

  /** Brings a stopped node back. It is ready some seconds later. */
  public void start() {
    try {
      Engine.client().startContainerCmd(container).exec();
    } catch (NotModifiedException e) {
      // It runs already.
    }
  }

  /** Freezes every process of the node: it holds its connections and answers nothing. */
  public void pause() {
    Engine.client().pauseContainerCmd(container).exec();
  }

  /** Lets a frozen node go on. */
  public void unpause() {
    Engine.client().unpauseContainerCmd(container).exec();
  }

  /**
   * Makes this node deaf to others: nothing that they, or their pods, send arrives any more, while
   * they still hear it. Machines outside of the cluster are not concerned.
   */
  public void hearNothingFrom(List<Node> others) {
    var cards =
        others.stream()
            .map(other -> other.exec("cat", "/sys/class/net/eth0/address").orThrow().strip())
            .collect(Collectors.joining(", "));
    exec(
            "nft",
            """
            table inet deaf {}
            delete table inet deaf
            table inet deaf {
              chain prerouting {
                type filter hook prerouting priority -350;
                ether saddr { %s } drop
              }
            }
            """
                .formatted(cards))
        .orThrow();
  }

  /** Ends what {@link #hearNothingFrom} began. */
  public void hearAll() {
    exec("nft", "table inet deaf {}\ndelete table inet deaf").orThrow();
  }

  /** Runs a command as root on the node, where all of its pods' processes can be seen. */
  public CommandResult exec(String... command) {
    return Engine.exec(container, command);
  }

  /** The Docker container that the node is. */
  public String containerId() {
    return container;
  }

  void loadImages(Path tar) {
    var landed = LANDING + "/" + tar.getFileName();
    copy(tar);
    try {
      exec("ctr", "--namespace", "k8s.io", "images", "import", landed).orThrow();
    } finally {
      exec("rm", "-f", landed);
    }
  }

  private void copy(Path file) {
    try (var end = new PipedInputStream(1 << 16);
        var begin = new PipedOutputStream(end)) {
      var writer = Thread.ofVirtual().start(() -> archive(file, begin));
      Engine.client()
          .copyArchiveToContainerCmd(container)
          .withRemotePath(LANDING)
          .withTarInputStream(end)
          .exec();
      writer.join();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while images were loaded", e);
    }
  }

  private static void archive(Path file, PipedOutputStream out) {
    try (var tar = new TarArchiveOutputStream(out)) {
      tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
      tar.putArchiveEntry(new TarArchiveEntry(file, file.getFileName().toString()));
      Files.copy(file, tar);
      tar.closeArchiveEntry();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
