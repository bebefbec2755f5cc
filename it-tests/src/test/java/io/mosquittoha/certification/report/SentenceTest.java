package io.mosquittoha.certification.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SentenceTest {

  @Test
  void method_whenItIsNamedForBehaviour_thenItReadsAsASentence() {
    assertThat(Sentence.of("failover_whenHaproxyIsKilled_thenMqttClientsAreServed"))
        .isEqualTo("failover: when HAProxy is killed, then MQTT clients are served");
  }

  @Test
  void className_whenItIsOfTheCertification_thenItReadsAsATitle() {
    assertThat(Sentence.ofClass("TlsAtTheBrokerIT")).isEqualTo("TLS at the broker");
    assertThat(Sentence.ofClass("SingleNodeLifecycleIT")).isEqualTo("Single node lifecycle");
  }
}
