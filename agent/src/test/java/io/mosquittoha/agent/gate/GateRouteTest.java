package io.mosquittoha.agent.gate;

import static io.mosquittoha.agent.gate.Addresses.loopback;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where clients are led, and what becomes of them when nobody leads. */
class GateRouteTest {

  private static final Commit ALL_IS_COMMITTED =
      new Commit() {
        @Override
        public long emitted() {
          return 7;
        }

        @Override
        public long committed() {
          return 7;
        }
      };

  @Test
  void an_attempt_is_held_unread_untilTheBrokerServes() {
    try (var broker = StubBroker.silent();
        var gate = gate(settings(broker.address()));
        var client = Client.of(gate.addresses().getFirst())) {
      client.say("CONNECT");
      await().until(() -> gate.statistics().held() == 1);
      assertThat(client.hearsNothingFor(100)).isTrue();
      assertThat(gate.statistics().bufferBytes()).isZero();
      assertThat(broker.came()).isZero();

      gate.route(new Route.Serve());

      var end = broker.next();
      assertThat(end.hear(7)).isEqualTo("CONNECT");
      end.say("CONNACK");
      assertThat(client.hear(7)).isEqualTo("CONNACK");
      assertThat(gate.statistics().held()).isZero();
      assertThat(gate.statistics().served()).isEqualTo(1);
    }
  }

  @Test
  void an_attempt_that_was_given_up_is_not_led_to_anybody() {
    try (var broker = StubBroker.silent();
        var gate = gate(settings(broker.address()))) {
      var impatient = Client.of(gate.addresses().getFirst());
      impatient.say("CONNECT");
      await().until(() -> gate.statistics().held() == 1);
      impatient.close();
      try (var patient = Client.of(gate.addresses().getFirst())) {
        patient.say("CONNECT".repeat(1_000));
        await().until(() -> gate.statistics().held() == 2);

        gate.route(new Route.Serve());

        var end = broker.next();
        assertThat(end.hear(7_000)).isEqualTo("CONNECT".repeat(1_000));
        await().until(() -> gate.statistics().expired() == 1);
        assertThat(broker.came()).isEqualTo(1);
      }
    }
  }

  @Test
  void what_was_said_while_it_was_held_comesOnce_whenTheBrokerIsTriedAgain()
      throws InterruptedException {
    var address = Addresses.freePath();
    try (var gate = gate(settings(address));
        var client = Client.of(gate.addresses().getFirst())) {
      client.say("CONNECT");
      await().until(() -> gate.statistics().held() == 1);
      gate.route(new Route.Serve());
      await().until(() -> gate.statistics().connectFailures() > 2);
      client.say("SUBSCRIBE");
      await().until(() -> gate.statistics().connectFailures() > 4);
      try (var broker = StubBroker.silentAt(address)) {
        var end = broker.next();
        assertThat(end.hear(16)).isEqualTo("CONNECTSUBSCRIBE");
        assertThat(end.hearsNothingFor(50)).isTrue();
      }
    }
  }

  @Test
  void an_attempt_is_closed_whenNobodyLeadsInTime() {
    var settings = settings(Addresses.freePath()).withHold(Duration.ofMillis(200), 10);
    try (var gate = gate(settings);
        var client = Client.of(gate.addresses().getFirst())) {
      assertThat(client.hearsTheEnd()).isTrue();
      await().until(() -> gate.statistics().expired() == 1);
      assertThat(gate.statistics().held()).isZero();
    }
  }

  @Test
  void no_more_attempts_are_held_than_allowed() {
    var settings = settings(Addresses.freePath()).withHold(Duration.ofSeconds(20), 3);
    try (var gate = gate(settings)) {
      var clients = new ArrayList<Client>();
      for (int i = 0; i < 3; i++) {
        clients.add(Client.of(gate.addresses().getFirst()));
      }
      await().until(() -> gate.statistics().held() == 3);
      try (var fourth = Client.of(gate.addresses().getFirst())) {
        assertThat(fourth.hearsTheEnd()).isTrue();
      }
      assertThat(clients).allMatch(client -> client.hearsNothingFor(50));
      assertThat(gate.statistics().refused()).isEqualTo(1);
    }
  }

  @Test
  void no_more_connections_are_open_than_allowed() {
    try (var broker = StubBroker.silent();
        var gate = gate(settings(broker.address()).withConnections(2))) {
      gate.route(new Route.Serve());
      var first = Client.of(gate.addresses().getFirst());
      var second = Client.of(gate.addresses().getFirst());
      await().until(() -> gate.statistics().served() == 2);
      try (var third = Client.of(gate.addresses().getFirst())) {
        assertThat(third.hearsTheEnd()).isTrue();
      }
      first.close();
      broker.next().close();
      broker.next().close();
      second.close();
      await().until(() -> gate.statistics().served() == 0);
      try (var fourth = Client.of(gate.addresses().getFirst())) {
        assertThat(fourth.hearsNothingFor(50)).isTrue();
      }
    }
  }

  @Test
  void attempts_are_closed_whenRefused() {
    try (var broker = StubBroker.silent();
        var gate = gate(settings(broker.address()));
        var held = Client.of(gate.addresses().getFirst())) {
      await().until(() -> gate.statistics().held() == 1);
      gate.route(new Route.Refuse("this pod is being deleted"));
      assertThat(held.hearsTheEnd()).isTrue();
      try (var late = Client.of(gate.addresses().getFirst())) {
        assertThat(late.hearsTheEnd()).isTrue();
      }
      assertThat(broker.came()).isZero();
      await().until(() -> gate.statistics().refused() == 2);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void a_client_of_a_follower_is_relayed_to_the_leader(int loops) {
    try (var broker = StubBroker.silent();
        var leader = gate(settings(broker.address()).withAddress(loopback(2)).withLoops(loops));
        var follower = gate(besides(leader, 3).withLoops(loops))) {
      leader.route(new Route.Serve());
      follower.route(new Route.Relay(loopback(2)));
      for (int i = 0; i < 4; i++) {
        try (var client = Client.of(follower.addresses().getFirst())) {
          client.say("CONNECT");
          var end = broker.next();
          assertThat(end.hear(7)).isEqualTo("CONNECT");
          end.say("CONNACK");
          assertThat(client.hear(7)).isEqualTo("CONNACK");
          assertThat(follower.statistics().relayed()).isEqualTo(1);
          assertThat(follower.statistics().served()).isZero();
          assertThat(leader.statistics().served()).isEqualTo(1);
          client.finish();
          assertThat(end.hearsTheEnd()).isTrue();
          end.close();
          await().until(() -> follower.statistics().relayed() == 0);
          await().until(() -> leader.statistics().served() == 0);
        }
      }
    }
  }

  @Test
  void the_leader_holds_bytes_for_its_commits_and_the_relay_passes_them_on() {
    var ledger = new Ledger();
    try (var broker = StubBroker.silent();
        var leader = new Gate(settings(broker.address()).withAddress(loopback(2)), ledger);
        // The follower's own broker is elsewhere with its numbers: they must not matter.
        var follower =
            new Gate(
                besides(leader, 3),
                new Commit() {
                  @Override
                  public long emitted() {
                    return 9;
                  }

                  @Override
                  public long committed() {
                    return 0;
                  }
                })) {
      leader.route(new Route.Serve());
      follower.route(new Route.Relay(loopback(2)));
      try (var client = Client.of(follower.addresses().getFirst())) {
        var end = broker.next();
        long number = ledger.emit();
        end.say("PUBACK");
        assertThat(client.hearsNothingFor(100)).isTrue();
        ledger.commit(number, leader);
        assertThat(client.hear(6)).isEqualTo("PUBACK");
      }
    }
  }

  @Test
  void held_attempts_are_relayed_whenALeaderIsFound() {
    try (var broker = StubBroker.silent();
        var leader = gate(settings(broker.address()).withAddress(loopback(2)));
        var follower = gate(besides(leader, 3));
        var client = Client.of(follower.addresses().getFirst())) {
      leader.route(new Route.Serve());
      client.say("CONNECT");
      await().until(() -> follower.statistics().held() == 1);
      follower.route(new Route.Relay(loopback(2)));
      assertThat(broker.next().hear(7)).isEqualTo("CONNECT");
    }
  }

  @Test
  void relayed_connections_are_closed_whenAnotherLeads_andStayWhileNobodyIsKnownTo() {
    try (var broker = StubBroker.silent();
        var leader = gate(settings(broker.address()).withAddress(loopback(2)));
        var follower = gate(besides(leader, 3))) {
      leader.route(new Route.Serve());
      follower.route(new Route.Relay(loopback(2)));
      try (var client = Client.of(follower.addresses().getFirst())) {
        var end = broker.next();
        await().until(() -> follower.statistics().relayed() == 1);

        follower.route(new Route.Hold());
        follower.route(new Route.Relay(loopback(2)));
        client.say("PINGREQ");
        assertThat(end.hear(7)).isEqualTo("PINGREQ");

        follower.route(new Route.Relay(loopback(4)));
        assertThat(client.hearsTheEnd()).isTrue();
        assertThat(end.hearsTheEnd()).isTrue();
        await().until(() -> follower.statistics().relayed() == 0);
      }
    }
  }

  @Test
  void relayed_connections_are_closed_whenThisBrokerLeads() {
    try (var broker = StubBroker.silent();
        var leader = gate(settings(broker.address()).withAddress(loopback(2)));
        var follower = gate(besides(leader, 3))) {
      leader.route(new Route.Serve());
      follower.route(new Route.Relay(loopback(2)));
      try (var client = Client.of(follower.addresses().getFirst())) {
        broker.next();
        await().until(() -> follower.statistics().relayed() == 1);
        follower.route(new Route.Serve());
        assertThat(client.hearsTheEnd()).isTrue();
      }
    }
  }

  @Test
  void an_attempt_is_tried_again_whileTheBrokerDoesNotListenYet() throws InterruptedException {
    var address = Addresses.freePath();
    try (var gate = gate(settings(address))) {
      gate.route(new Route.Serve());
      try (var client = Client.of(gate.addresses().getFirst())) {
        client.say("CONNECT");
        await().until(() -> gate.statistics().connectFailures() > 2);
        try (var broker = StubBroker.silentAt(address)) {
          assertThat(broker.next().hear(7)).isEqualTo("CONNECT");
        }
      }
    }
  }

  @Test
  void an_attempt_is_led_to_the_new_leader_whenTheOldOneIsGone() {
    try (var broker = StubBroker.silent();
        var leader = gate(settings(broker.address()).withAddress(loopback(2)));
        var follower = gate(besides(leader, 3))) {
      leader.route(new Route.Serve());
      // Nobody is at this address.
      follower.route(new Route.Relay(loopback(4)));
      try (var client = Client.of(follower.addresses().getFirst())) {
        client.say("CONNECT");
        await().until(() -> follower.statistics().connectFailures() > 1);
        follower.route(new Route.Relay(loopback(2)));
        assertThat(broker.next().hear(7)).isEqualTo("CONNECT");
      }
    }
  }

  @Test
  void an_attempt_is_closed_whenTheBrokerIsNotThereInTime() {
    var settings = settings(Addresses.freePath()).withHold(Duration.ofMillis(200), 10);
    try (var gate = gate(settings)) {
      gate.route(new Route.Serve());
      try (var client = Client.of(gate.addresses().getFirst())) {
        assertThat(client.hearsTheEnd()).isTrue();
        await().until(() -> gate.statistics().expired() == 1);
        assertThat(gate.statistics().connectFailures()).isGreaterThan(1);
      }
    }
  }

  @Test
  void what_the_leader_sent_here_is_not_sent_back() throws IOException {
    try (var gate = gate(settings(Addresses.freePath()).withAddress(loopback(3)));
        var socket = new Socket()) {
      gate.route(new Route.Relay(loopback(2)));
      socket.bind(new InetSocketAddress(loopback(2), 0));
      socket.connect(gate.addresses().getFirst());
      await().until(() -> gate.statistics().held() == 1);
      assertThat(gate.statistics().connectFailures()).isZero();
    }
  }

  @Test
  void a_port_that_is_taken_is_named() {
    try (var gate = gate(settings(Addresses.freePath()))) {
      int port = gate.addresses().getFirst().getPort();
      var same = GateSettings.of(List.of(new Port(port, Addresses.freePath(), false)));
      assertThatThrownBy(() -> gate(same))
          .isInstanceOf(UncheckedIOException.class)
          .hasMessageContaining(String.valueOf(port))
          .hasMessageContaining("is something else on this port?");
    }
  }

  @Test
  void a_closed_gate_is_gone() {
    try (var broker = StubBroker.silent()) {
      var gate = gate(settings(broker.address()));
      gate.route(new Route.Serve());
      try (var client = Client.of(gate.addresses().getFirst())) {
        var end = broker.next();
        gate.close();
        assertThat(client.hearsTheEnd()).isTrue();
        assertThat(end.hearsTheEnd()).isTrue();
        assertThatThrownBy(() -> Client.of(gate.addresses().getFirst()))
            .isInstanceOf(UncheckedIOException.class);
      }
      // Whoever still has it in hand comes to no harm.
      gate.route(new Route.Hold());
      gate.released();
      gate.close();
    }
  }

  private static Gate gate(GateSettings settings) {
    return new Gate(settings, ALL_IS_COMMITTED);
  }

  private static GateSettings settings(UnixDomainSocketAddress broker) {
    return GateSettings.of(List.of(new Port(0, broker, false)));
  }

  /** For a gate of another pod, with the same port. */
  private static GateSettings besides(Gate other, int address) {
    return GateSettings.of(
            List.of(new Port(other.addresses().getFirst().getPort(), Addresses.freePath(), false)))
        .withAddress(loopback(address));
  }
}
