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
  void method_whenAWordIsOneLetter_thenItStandsAlone() {
    assertThat(Sentence.of("install_whenAValueIsWrong_thenHelmSaysSo"))
        .isEqualTo("install: when a value is wrong, then Helm says so");
  }

  @Test
  void method_whenItSpeaksOfTheKubernetesApi_thenThatIsAName() {
    assertThat(Sentence.of("kubernetesApi_whenItIsAway_thenNobodyNotices"))
        .isEqualTo("Kubernetes API: when it is away, then nobody notices");
  }

  @Test
  void className_whenItIsOfTheCertification_thenItReadsAsATitle() {
    assertThat(Sentence.ofClass("TlsAtTheBrokerIT")).isEqualTo("TLS at the broker");
    assertThat(Sentence.ofClass("SingleNodeLifecycleIT")).isEqualTo("Single node lifecycle");
  }
}
