package io.mosquittoha.management.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.mosquittoha.management.cluster.Sight.Role;
import io.mosquittoha.management.web.Problem;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BrokerWatchTest {

  @TempDir private Path folder;

  private Cluster watch(StubBroker... brokers) {
    var members = new StringBuilder("members=");
    for (var i = 0; i < brokers.length; i++) {
      members.append("%sm-%d=127.0.0.1:0:%d".formatted(i == 0 ? "" : ",", i, brokers[i].port()));
    }
    return Cluster.watch(
        StubCluster.settings(folder, "variant=autoscaling", "statefulSet=m", members.toString()),
        name -> {});
  }

  @Test
  void brokers_whenTheyHaveNoAgents_thenThoseThatAnswerServe() {
    try (var first = new StubBroker();
        var second = new StubBroker();
        var cluster = watch(first, second)) {
      await().untilAsserted(() -> assertThat(cluster.brokers()).hasSize(2));
      assertThat(cluster.sight().losses()).isEqualTo(1);
      assertThat(cluster.sight().summary()).isEqualTo("2 of 2 brokers serve");

      first.kill();

      await()
          .untilAsserted(() -> {
            assertThat(cluster.sight().members())
                .extracting(Sight.Member::role)
                .containsExactly(Role.UNREACHABLE, Role.ACTIVE);
            assertThat(cluster.brokers()).extracting(Cluster.Broker::name).containsExactly("m-1");
          });

      first.start();

      await().untilAsserted(() -> assertThat(cluster.brokers()).hasSize(2));
      assertThatThrownBy(() -> cluster.clients("", true, 1))
          .isInstanceOfSatisfying(Problem.class, it -> assertThat(it.status()).isEqualTo(501));
    }
  }

  @Test
  void broker_whenItHangs_thenThatIsSeenToo() {
    try (var broker = new StubBroker();
        var cluster = watch(broker)) {
      await().until(() -> cluster.sight().serving());

      broker.hang();

      await().until(() -> !cluster.sight().serving());
    }
  }
}
