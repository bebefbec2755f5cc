package io.mosquittoha.agent.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosquittoha.agent.Agent.Broker;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SummaryTest {

  @TempDir private Path folder;
  private StubSupervisor agent;

  @BeforeEach
  void healthy() {
    agent = new StubSupervisor(folder);
  }

  private void assertSummary(String sentence) {
    assertThat(Summary.of(Cluster.of(agent))).isEqualTo(sentence);
  }

  private void follow() {
    agent.leader = Optional.of("m-1");
    agent.serves = false;
    agent.allowed = false;
    agent.broker = Broker.STANDBY;
  }

  @Test
  void summary_whenAllAreInSync_thenItCountsTheLossesThatAreSurvived() {
    assertSummary("m-0 leads; 3 of 3 in sync; one more loss is survived, two stop service");
  }

  @Test
  void summary_whenAFollowerTells_thenItIsTheSame() {
    follow();
    assertSummary("m-1 leads; 3 of 3 in sync; one more loss is survived, two stop service");
  }

  @Test
  void summary_whenThereAreFive_thenMoreLossesAreSurvived() {
    agent = new StubSupervisor(folder, "replicas=5");
    agent.inSync = List.of("m-0", "m-1", "m-2", "m-3", "m-4");
    agent.heardOf = agent.connected = List.of("m-1", "m-2", "m-3", "m-4");
    assertSummary("m-0 leads; 5 of 5 in sync; three more losses are survived, four stop service");
  }

  @Test
  void summary_whenOneIsAway_thenOneMoreLossStopsService() {
    agent.inSync = List.of("m-0", "m-1");
    agent.connected = List.of("m-1");
    assertSummary(
        "m-0 leads; 2 of 3 in sync; one more loss stops service; m-2 does not answer m-0");
  }

  @Test
  void summary_whenOneIsGoneAndStillInTheView_thenItIsNotCountedOn() {
    agent.connected = List.of("m-1");
    assertSummary(
        "m-0 leads; 2 of 3 in sync; one more loss stops service; m-2 does not answer m-0");
  }

  @Test
  void summary_whenOneWasNeverSeen_thenItIsMissedAllTheSame() {
    agent.inSync = List.of("m-0", "m-1");
    agent.heardOf = agent.connected = List.of("m-1");
    assertSummary(
        "m-0 leads; 2 of 3 in sync; one more loss stops service; m-2 does not answer m-0");
  }

  @Test
  void summary_whenOneCatchesUp_thenItSaysSo() {
    agent.inSync = List.of("m-0", "m-1");
    assertSummary("m-0 leads; 2 of 3 in sync; one more loss stops service; m-2 is catching up");
  }

  @Test
  void summary_whenTooFewAreInSync_thenNothingIsAcknowledged() {
    agent.inSync = List.of("m-0");
    agent.connected = List.of();
    agent.allowed = false;
    agent.serves = false;
    assertSummary(
        "m-0 leads; 1 of 3 in sync; nothing is acknowledged: only 1 of the required 2 members is in"
            + " sync; m-1 does not answer m-0; m-2 does not answer m-0");
  }

  @Test
  void summary_whenThreeAreRequired_thenTwoAreTooFew() {
    agent = new StubSupervisor(folder, "minInSync=3");
    agent.inSync = List.of("m-0", "m-1");
    agent.serves = false;
    assertSummary(
        "m-0 leads; 2 of 3 in sync; nothing is acknowledged: only 2 of the required 3 members are"
            + " in sync; m-2 is catching up");
  }

  @Test
  void summary_whenTooFewAnswerInTime_thenNothingIsAcknowledged() {
    agent.allowed = false;
    agent.serves = false;
    assertSummary(
        "m-0 leads; 3 of 3 in sync; nothing is acknowledged: too few members answer in time");
  }

  @Test
  void summary_whenTheBrokerIsNotThereYet_thenClientsWait() {
    agent.serves = false;
    agent.broker = Broker.STARTING;
    assertSummary("m-0 leads; 3 of 3 in sync; clients wait: its broker is being started");
    agent.broker = Broker.STANDBY;
    assertSummary(
        "m-0 leads; 3 of 3 in sync; clients wait: its broker is about to be given the state");
    agent.broker = Broker.RESTORING;
    assertSummary("m-0 leads; 3 of 3 in sync; clients wait: its broker is being given the state");
    agent.broker = Broker.SERVING;
    assertSummary("m-0 leads; 3 of 3 in sync; clients wait: another member is to lead");
  }

  @Test
  void summary_whenTheLeaderDoesNotAnswer_thenTheFollowerDoesNotPromiseService() {
    follow();
    agent.connected = List.of("m-2");
    assertSummary("m-1 leads, but does not answer m-0: clients may have to wait; 2 of 3 in sync");
  }

  @Test
  void summary_whenNobodyLeads_thenClientsWait() {
    agent.leader = Optional.empty();
    agent.serves = false;
    agent.connected = List.of("m-2");
    assertSummary("nobody leads, and clients wait; m-1 does not answer m-0");
  }

  @Test
  void summary_whenNoClusterWasFormed_thenClientsWait() {
    agent.leader = Optional.empty();
    agent.serves = false;
    agent.inSync = List.of();
    agent.heardOf = agent.connected = List.of();
    assertSummary(
        "no cluster has been formed yet, and clients wait; m-1 does not answer m-0; m-2 does not"
            + " answer m-0");
  }

  @Test
  void summary_whenTheAgentStarts_thenItSaysSo() {
    agent.started = false;
    assertSummary("m-0 is starting");
  }

  @Test
  void summary_whenThereIsOnlyOneMember_thenItsLossIsTheEndOfService() {
    agent =
        new StubSupervisor(folder, "service=", "lease=", "view=file", "minInSync=1", "replicas=1");
    agent.inSync = List.of("m-0");
    agent.heardOf = agent.connected = List.of();
    assertSummary("m-0 leads; it is the only member: while it is away, there is no service");
  }

  @Test
  void summary_whenReplicationIsAsynchronous_thenTheWindowIsNotHidden() {
    agent = new StubSupervisor(folder, "replication=async");
    assertSummary(
        "m-0 leads; 3 of 3 in sync; two more losses are survived, three stop service; replication"
            + " is asynchronous: a loss can lose what was acknowledged just before");
  }

  @Test
  void summary_whenOneInSyncIsEnoughAndOnlyOneIs_thenItsLossIsNotSurvived() {
    agent = new StubSupervisor(folder, "minInSync=1");
    agent.inSync = List.of("m-0");
    assertSummary(
        "m-0 leads; 1 of 3 in sync; one more loss stops service; m-1 is catching up; m-2 is"
            + " catching up");
  }

  @Test
  void summary_whenTheStateIsTooLarge_thenNewStateIsRefused() {
    agent = new StubSupervisor(folder, "stateLimit=1KiB");
    for (var i = 0; i < 10; i++) {
      agent.apply(EndpointsTest.session("client-" + i));
    }
    assertSummary(
        "m-0 leads; 3 of 3 in sync; one more loss is survived, two stop service; new state is"
            + " refused: there is more than 1 KiB");
  }

  @Test
  void members_whenOneWithAHighNumberHasLeft_thenItIsNotMissed() {
    agent.heardOf = List.of("m-1", "m-2", "m-3", "m-4");
    assertSummary("m-0 leads; 3 of 3 in sync; one more loss is survived, two stop service");
  }

  @Test
  void members_whenOneMoreIsThere_thenItIsCounted() {
    agent.heardOf = agent.connected = List.of("m-1", "m-2", "m-3");
    assertSummary(
        "m-0 leads; 3 of 4 in sync; one more loss is survived, two stop service; m-3 is catching"
            + " up");
  }

  @Test
  void members_whenAFollowerIsAsked_thenItDoesNotKnowHowFarOthersAre() {
    follow();
    var members = Cluster.of(agent).members();
    assertThat(members)
        .extracting(Cluster.Seen::role)
        .containsExactly(Cluster.Role.FOLLOWER, Cluster.Role.LEADER, Cluster.Role.FOLLOWER);
    assertThat(members.get(0).position()).hasValue(1_240);
    assertThat(members.get(1).position()).isEmpty();
    assertThat(Cluster.of(agent).json().path("members").get(1).path("lagBytes").isNull()).isTrue();
  }
}
