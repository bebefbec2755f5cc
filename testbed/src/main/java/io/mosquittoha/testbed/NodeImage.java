package io.mosquittoha.testbed;

import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.exception.NotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.testcontainers.utility.DockerImageName;

/**
 * What the nodes are made of.
 *
 * @param reference the image's name
 */
record NodeImage(String reference) {

  /** Names the image to use; nothing is pulled or built then. */
  static final String PROPERTY = "mosquittoha.node.image";

  private static final String VARIABLE = "MOSQUITTOHA_NODE_IMAGE";
  private static final String OWN = "mosquitto-ha/node";

  /**
   * The named one, else k3s where it can be pulled, else the project's own; whichever of the two is
   * there already is not looked for anywhere else.
   */
  static NodeImage choose() {
    return named()
        .or(() -> Optional.of(new NodeImage(pinnedK3s())).filter(NodeImage::isHere))
        .or(() -> Optional.of(ownByName()).filter(NodeImage::isHere))
        .or(NodeImage::pulledK3s)
        .orElseGet(NodeImage::own);
  }

  private static Optional<NodeImage> named() {
    return Optional.ofNullable(System.getProperty(PROPERTY))
        .or(() -> Optional.ofNullable(System.getenv(VARIABLE)))
        .filter(name -> !name.isBlank())
        .map(NodeImage::new);
  }

  private boolean isHere() {
    try {
      Engine.client().inspectImageCmd(reference).exec();
      return true;
    } catch (NotFoundException e) {
      return false;
    }
  }

  private static Optional<NodeImage> pulledK3s() {
    var name = pinnedK3s();
    var client = Engine.client();
    try {
      var pulled = client.pullImageCmd(name).start().awaitCompletion(5, TimeUnit.MINUTES);
      return pulled ? Optional.of(new NodeImage(name)) : Optional.empty();
    } catch (DockerException e) {
      System.err.printf(
          "%s cannot be pulled (%s); the project's own node image is used%n",
          name, e.getMessage().lines().findFirst().orElse("no reason given").strip());
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while %s was pulled".formatted(name), e);
    }
  }

  private static NodeImage ownByName() {
    return new NodeImage(Checkout.find().run("node/build", "--name"));
  }

  private static NodeImage own() {
    return new NodeImage(Checkout.find().run("node/build"));
  }

  static String pinnedK3s() {
    var properties = new Properties();
    try (var resource = NodeImage.class.getResourceAsStream("testbed.properties")) {
      if (resource == null) {
        throw new IllegalStateException("testbed.properties is missing; build with Maven");
      }
      properties.load(resource);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return properties.getProperty("k3s.image");
  }

  boolean isOwn() {
    return reference.startsWith(OWN + ":");
  }

  DockerImageName asK3s() {
    return DockerImageName.parse(reference).asCompatibleSubstituteFor("rancher/k3s");
  }
}
