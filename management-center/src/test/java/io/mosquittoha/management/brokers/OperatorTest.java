package io.mosquittoha.management.brokers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mosquittoha.management.Settings;
import io.mosquittoha.management.cluster.Sight.Role;
import io.mosquittoha.management.kubernetes.Permission;
import io.mosquittoha.management.kubernetes.PodFacts;
import io.mosquittoha.management.kubernetes.PodLog;
import io.mosquittoha.management.kubernetes.Size;
import io.mosquittoha.management.kubernetes.Workload;
import io.mosquittoha.management.stub.StubCluster;
import io.mosquittoha.management.web.Problem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OperatorTest {

  @TempDir Path folder;
  private final StubCluster cluster = new StubCluster();
  private final List<String> done = new ArrayList<>();
  private Size size = new Size(3, 3, 2, 9, "");

  /** Writes down what is done, with who leads then. */
  private final class StubWorkload implements Workload {
    @Override
    public Size size() {
      return size;
    }

    @Override
    public void scale(int brokers) {
      done.add("scale %d, %s leads".formatted(brokers, cluster.leader.orElse("nobody")));
    }

    @Override
    public void restart(String pod) {
      done.add("restart %s, %s leads".formatted(pod, cluster.leader.orElse("nobody")));
    }

    @Override
    public PodFacts pod(String pod) {
      throw new Problem(501, "no");
    }

    @Override
    public PodLog log(String pod, int lines, boolean previous) {
      throw new Problem(501, "no");
    }

    @Override
    public Following follow(String pod, int before, Consumer<String> line, Runnable end) {
      throw new Problem(501, "no");
    }

    @Override
    public List<Permission> permissions() {
      return List.of();
    }

    @Override
    public void close() {}
  }

  private Operator operator(String variant) throws Exception {
    var file = Files.writeString(folder.resolve("center.properties"), "variant=" + variant + "\n");
    return new Operator(Settings.read(file), cluster, new StubWorkload());
  }

  private static void assertProblem(ThrowingCallable call, int status, String... words) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            Problem.class, problem -> assertThat(problem.status()).isEqualTo(status))
        .satisfies(e -> {
          for (var word : words) {
            assertThat(e).hasMessageContaining(word);
          }
        });
  }

  @Test
  void drain_whenTheBrokerLeads_thenAnotherTakesOverBeforeItsPodEnds() throws Exception {
    assertThat(operator("ha").drain("m-0")).isEqualTo("m-1 leads now; m-0 is being restarted.");
    assertThat(done).containsExactly("restart m-0, m-1 leads");
  }

  @Test
  void drain_whenTheBrokerFollows_thenTheLeaderStays() throws Exception {
    operator("ha").drain("m-2");
    assertThat(done).containsExactly("restart m-2, m-0 leads");
    assertThat(cluster.moves).isEmpty();
  }

  @Test
  void drain_whenNobodyCouldTakeOver_thenNothingIsDone() throws Exception {
    cluster.members.set(1, StubCluster.member("m-1", Role.JOINING, false));
    cluster.members.set(2, StubCluster.member("m-2", Role.UNREACHABLE, true));
    assertProblem(() -> operator("ha").drain("m-0"), 409, "No other broker is in sync");
    cluster.problem = Optional.of(new Problem(409, "m-1 is too far behind."));
    cluster.members.set(1, StubCluster.member("m-1", Role.FOLLOWER, true));
    assertProblem(() -> operator("ha").drain("m-0"), 409, "too far behind");
    assertThat(done).isEmpty();
  }

  @Test
  void drain_whenTheVariantHasNobodyToHandOverTo_thenItSaysWhatARestartDoes() throws Exception {
    assertProblem(() -> operator("single").drain("m-0"), 409, "no other broker");
    assertProblem(() -> operator("autoscaling").drain("m-0"), 409, "do not hand over");
    assertThat(done).isEmpty();
  }

  @Test
  void restart_whenServiceWouldStop_thenOnlyWithForce() throws Exception {
    cluster.losses = 0;
    assertProblem(() -> operator("ha").restart("m-1", false), 409, "service would stop");
    assertProblem(() -> operator("ha").drain("m-1"), 409, "service would stop");
    assertThat(done).isEmpty();
    operator("ha").restart("m-1", true);
    assertThat(done).containsExactly("restart m-1, m-0 leads");
  }

  @Test
  void restart_whenTheMemberIsNotInSync_thenItMayBeRestartedAtAnyTime() throws Exception {
    cluster.losses = 0;
    cluster.members.set(2, StubCluster.member("m-2", Role.JOINING, false));
    operator("ha").restart("m-2", false);
    assertThat(done).containsExactly("restart m-2, m-0 leads");
  }

  @Test
  void restart_whenThereIsNoSuchBroker_thenKubernetesIsNotAsked() throws Exception {
    assertProblem(() -> operator("ha").restart("../kube-system", true), 404);
    assertThat(done).isEmpty();
  }

  @Test
  void scale_whenTheLeaderWouldGo_thenOneThatStaysTakesOverFirst() throws Exception {
    cluster.leader = Optional.of("m-2");
    cluster.members.set(0, StubCluster.member("m-0", Role.JOINING, false));
    cluster.members.set(2, StubCluster.member("m-2", Role.LEADER, true));
    operator("ha").scale(2);
    assertThat(done).containsExactly("scale 2, m-1 leads");
  }

  @Test
  void scale_whenNobodyWhoStaysIsInSync_thenNothingIsDone() throws Exception {
    cluster.leader = Optional.of("m-2");
    cluster.members.set(0, StubCluster.member("m-0", Role.JOINING, false));
    cluster.members.set(1, StubCluster.member("m-1", Role.UNREACHABLE, true));
    assertProblem(() -> operator("ha").scale(2), 409, "m-2 leads and would go");
    assertThat(done).isEmpty();
  }

  @Test
  void scale_whenFewerWouldBeLeftThanMustBeInSync_thenItIsRefused() throws Exception {
    cluster.minInSync = 3;
    assertProblem(() -> operator("ha").scale(2), 409, "replication.minInSync");
    assertThat(done).isEmpty();
  }

  @Test
  void scale_whenSomebodyElseDecides_thenTheLeaderIsNotMovedForNothing() throws Exception {
    cluster.leader = Optional.of("m-2");
    size = new Size(3, 3, 2, 6, "The autoscaler decides.");
    operator("ha").scale(2); // The workload refuses; the stub does not.
    assertThat(cluster.moves).isEmpty();
  }
}
