package io.mosquittoha.certification;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosquittoha.certification.lab.Certified;
import io.mosquittoha.certification.lab.Lab;
import io.mosquittoha.certification.report.Figures;
import io.mosquittoha.manifests.Chart;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A wrong value is refused before anything is made, by a message that names it. */
@Certified
@Order(5)
class BadValuesIT {

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          SINGLE            | brokers.replicas=3                                | brokers
          SINGLE            | broker.replicas=3                                 | broker replicas
          SINGLE            | broker.persistence.size=1Gigabyte                 | broker persistence size
          SINGLE            | broker.image.pullPolicy=Sometimes                 | broker image pullPolicy
          SINGLE            | service.type=Nodeport                             | service type
          SINGLE            | service.nodePorts.mqtt=80                         | service nodePorts mqtt
          SINGLE            | tls.enabled=true                                  | tls.enabled
          SINGLE            | broker.listeners.mqtt.enabled=false               | broker.listeners
          HIGH_AVAILABILITY | broker.replicas=1                                 | broker replicas
          HIGH_AVAILABILITY | broker.replicas=ten                               | broker replicas
          HIGH_AVAILABILITY | broker.replicas=10                                | broker replicas
          HIGH_AVAILABILITY | broker.settings.logTypes={loud}                   | broker settings logTypes
          HIGH_AVAILABILITY | tls.mode=halfway                                  | tls mode
          HIGH_AVAILABILITY | tls.minimumVersion=SSLv3                          | tls minimumVersion
          HIGH_AVAILABILITY | haproxy.timeouts.connect=soon                     | haproxy timeouts connect
          HIGH_AVAILABILITY | haproxy.replicas=-1                               | haproxy replicas
          HIGH_AVAILABILITY | security.accounts[0].username=a b                 | security accounts username
          HIGH_AVAILABILITY | service.ports.mqtt=70000                          | service ports mqtt
          HIGH_AVAILABILITY | broker.podAntiAffinity=medium                     | broker podAntiAffinity
          HIGH_AVAILABILITY | openshift.enable=true                             | openshift enable
          HIGH_AVAILABILITY | route.enabled=true                                | route.enabled
          HIGH_AVAILABILITY | replication.mode=maybe                            | replication mode
          HIGH_AVAILABILITY | replication.minInSync=4                           | replication.minInSync broker.replicas
          HIGH_AVAILABILITY | replication.lease=900ms                           | replication.lease replication.takeover
          SINGLE            | agent.durability=paper                            | agent durability
          AUTOSCALING       | autoscaling.minBrokers=6                          | autoscaling.minBrokers
          AUTOSCALING       | autoscaling.maxBrokers=51                         | autoscaling maxBrokers
          AUTOSCALING       | autoscaling.targetCPUUtilizationPercentage=sixty  | autoscaling targetCPUUtilizationPercentage
          AUTOSCALING       | broker.replicas=3                                 | broker replicas
          """)
  void install_whenAValueIsWrong_thenHelmFailsAndNamesIt(
      Chart chart, String setting, String words, Lab lab, Figures figures) {
    var installation = lab.prepare(chart);
    var outcome =
        installation.tryInstall(new ArrayList<>(List.of("--set", setting, "--timeout", "10s")));
    assertThat(outcome.succeeded()).as("helm install --set %s", setting).isFalse();
    figures.record(
        "Helm says", outcome.output().strip().lines().reduce((first, last) -> last).orElse(""));
    assertThat(outcome.output()).contains(words.split(" "));
    assertThat(installation.releases()).isEmpty();
  }
}
