package io.mosquittoha.testbed;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import org.junit.jupiter.api.Test;
import org.testcontainers.utility.DockerImageName;

class NodeImageTest {

  @Test
  void k3sIsPinnedToOneVersion() {
    assertThat(NodeImage.pinnedK3s()).matches("rancher/k3s:v\\d+\\.\\d+\\.\\d+-k3s\\d+");
  }

  @Test
  void bothImagesRunTheSameKubernetes() throws Exception {
    var build = Files.readString(Checkout.find().root().resolve("testbed/node/build"));
    var kubernetes = NodeImage.pinnedK3s().replaceAll(".*:(v[0-9.]+)-.*", "$1");
    assertThat(build).contains("kubernetes_version=" + kubernetes + "\n");
  }

  @Test
  void everyImageStandsInForK3s() {
    var own = new NodeImage("mosquitto-ha/node:0123456789ab");
    own.asK3s().assertCompatibleWith(DockerImageName.parse("rancher/k3s"));
    assertThat(own.isOwn()).isTrue();
    assertThat(new NodeImage("rancher/k3s:v1.37.2-k3s1").isOwn()).isFalse();
  }

  @Test
  void theBuildNamesTheSameImageForTheSameSources() {
    var checkout = Checkout.find();
    var name = checkout.run("node/build", "--name");
    assertThat(name)
        .matches("mosquitto-ha/node:[0-9a-f]{12}")
        .isEqualTo(checkout.run("node/build", "--name"));
  }
}
