package io.mosquittoha.management.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosquittoha.management.check.Check.Target;
import io.mosquittoha.management.mqtt.Login;
import io.mosquittoha.management.mqtt.RealBroker;
import io.mosquittoha.management.mqtt.StubBroker;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckTest {

  @TempDir private Path folder;

  @Test
  void dns_whenTheNameIsNotKnown_thenFailsThereAndNothingElseIsTried() {
    assertThat(failing(check("x"), "no-such-host.invalid", 1883, false)).isEqualTo("DNS");
  }

  @Test
  void tcp_whenNothingListens_thenFailsThere() throws Exception {
    int port;
    try (var free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    assertThat(failing(check("x"), "127.0.0.1", port, false)).isEqualTo("TCP");
  }

  @Test
  void tls_whenThePortSpeaksPlainMqtt_thenFailsThere() throws Exception {
    try (var broker = new StubBroker()) {
      assertThat(failing(check("x"), "127.0.0.1", broker.address().getPort(), true))
          .isEqualTo("TLS");
    }
  }

  @Test
  void connack_whenThePasswordIsWrong_thenFailsThereWithTheReason() throws Exception {
    try (var broker = new StubBroker().connectReason(0x86)) {
      var verdict = check("x").of(target(broker.address().getPort()));
      assertThat(verdict.stages().get(3).what()).contains("the password is wrong", "0x86");
      assertThat(verdict.stages().get(3).fix()).isNotEmpty();
      assertThat(verdict.toString()).doesNotContain("top-secret");
    }
  }

  @Test
  void acl_whenPublishingIsRefused_thenFailsThere() throws Exception {
    try (var broker = new StubBroker().publishReason(0x87)) {
      assertThat(failing(check("x"), "127.0.0.1", broker.address().getPort(), false))
          .isEqualTo("ACL");
    }
  }

  @Test
  void realBroker_whenTheAccountMayNotPublish_thenAclFailsAndAllBeforeIsWell() throws Exception {
    try (var broker = RealBroker.start(folder)) {
      var check = new Check(Optional.of(RealBroker.ADMIN), "", Duration.ofSeconds(4));
      var verdict = check.of(target(broker.address().getPort()));
      assertThat(verdict.good()).isFalse();
      assertThat(verdict.stages())
          .extracting(Stage::badge)
          .containsExactly("ok", "ok", "idle", "ok", "bad");
      assertThat(verdict.stages().getLast().what()).startsWith("Publishing to");
    }
  }

  @Test
  void covers_whenAWildcard_thenForOneLabelOnly() {
    assertThat(Certificates.covers("*.example.org", "mqtt.Example.org")).isTrue();
    assertThat(Certificates.covers("*.example.org", "a.b.example.org")).isFalse();
    assertThat(Certificates.covers("*.example.org", "example.org")).isFalse();
  }

  private static String failing(Check check, String host, int port, boolean tls) {
    return check.of(new Target("t", host, port, tls)).stages().stream()
        .filter(stage -> stage.outcome() == Stage.Outcome.FAILED)
        .map(stage -> stage.name().name())
        .findFirst()
        .orElse("none");
  }

  private static Target target(int port) {
    return new Target("t", "127.0.0.1", port, false);
  }

  private static Check check(String user) {
    return new Check(Optional.of(new Login(user, "top-secret")), "", Duration.ofSeconds(4));
  }
}
