package io.mosquittoha.management.check;

import com.hivemq.client.mqtt.MqttClientSslConfig;
import io.mosquittoha.management.check.Stage.Name;
import io.mosquittoha.management.mqtt.Connection;
import io.mosquittoha.management.mqtt.Login;
import io.mosquittoha.management.mqtt.Message;
import io.mosquittoha.management.mqtt.Reason;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.security.Provider;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import javax.net.ssl.ManagerFactoryParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.TrustManagerFactorySpi;

/**
 * Goes the way of a client to one target, stage by stage, and stops at the one that fails. It
 * publishes one message, not retained, to a topic of its own.
 *
 * @param login as whom; nobody if empty
 * @param topic what to publish and subscribe to; "" for one of its own
 * @param patience for each stage
 */
record Check(Optional<Login> login, String topic, Duration patience) {

  /** What to check. */
  record Target(String name, String host, int port, boolean tls) {}

  Verdict of(Target target) {
    var stages = new ArrayList<Stage>();
    try {
      run(target, stages);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    for (var name : Name.values()) {
      if (stages.stream().noneMatch(stage -> stage.name() == name)) {
        stages.add(Stage.skipped(name, "Not reached."));
      }
    }
    return new Verdict(target.name(), target.host(), target.port(), List.copyOf(stages));
  }

  private void run(Target target, List<Stage> stages) throws InterruptedException {
    InetAddress[] found;
    try {
      found = InetAddress.getAllByName(target.host());
    } catch (UnknownHostException e) {
      stages.add(
          Stage.failed(
              Name.DNS,
              "The name %s is not known.".formatted(target.host()),
              "Check that its Service and its pod exist (kubectl get service,pod), and that the"
                  + " namespace's DNS works."));
      return;
    }
    stages.add(
        Stage.ok(
            Name.DNS,
            "%s is %s."
                .formatted(
                    target.host(),
                    Arrays.stream(found)
                        .limit(6)
                        .map(InetAddress::getHostAddress)
                        .collect(Collectors.joining(", ")))));
    var address = new InetSocketAddress(found[0], target.port());
    var tcp = tcp(address);
    stages.add(tcp);
    if (tcp.outcome() == Stage.Outcome.FAILED) {
      return;
    }
    var tls =
        target.tls()
            ? Certificates.look(address, target.host(), patience, Instant.now())
            : Stage.skipped(Name.TLS, "This port speaks no TLS.");
    stages.add(tls);
    if (tls.outcome() == Stage.Outcome.FAILED) {
      return;
    }
    mqtt(target, address, stages);
  }

  private Stage tcp(InetSocketAddress address) {
    var began = System.nanoTime();
    try (var socket = new Socket()) {
      socket.connect(address, Math.toIntExact(patience.toMillis()));
      return Stage.ok(
          Name.TCP,
          "Port %d answers after %.1f ms."
              .formatted(address.getPort(), (System.nanoTime() - began) / 1e6));
    } catch (SocketTimeoutException e) {
      return Stage.failed(
          Name.TCP,
          "Port %d does not answer within %d s.".formatted(address.getPort(), patience.toSeconds()),
          "A firewall or a NetworkPolicy may keep the packets, or the node is away: look at the"
              + " NetworkPolicies of the namespace and at the node.");
    } catch (ConnectException e) {
      return Stage.failed(
          Name.TCP,
          "Port %d refuses the connection.".formatted(address.getPort()),
          "Nothing listens there: look whether the pod is ready, at its log, and at the port in the"
              + " chart's values.");
    } catch (IOException e) {
      return Stage.failed(
          Name.TCP,
          "Port %d can't be reached: %s.".formatted(address.getPort(), e.getMessage()),
          "Look at the route and the NetworkPolicies to it.");
    }
  }

  private void mqtt(Target target, InetSocketAddress address, List<Stage> stages)
      throws InterruptedException {
    var arrived = new CountDownLatch(1);
    var probe = topic.isEmpty() ? "management-center/check/" + UUID.randomUUID() : topic;
    var mark = UUID.randomUUID().toString();
    var options =
        new Connection.Options(
            address,
            "management-center-check-" + mark.substring(0, 8),
            login,
            Duration.ofSeconds(10),
            patience,
            target.tls() ? Optional.of(trusting()) : Optional.empty());
    var began = System.nanoTime();
    try (var connection =
        Connection.open(
            options,
            message -> {
              if (new String(message.payload(), StandardCharsets.UTF_8).equals(mark)) {
                arrived.countDown();
              }
            },
            why -> {})) {
      stages.add(
          Stage.ok(
              Name.CONNACK,
              "The broker lets '%s' in, after %.1f ms."
                  .formatted(
                      login.map(Login::name).orElse("nobody (anonymous)"),
                      (System.nanoTime() - began) / 1e6)));
      stages.add(acl(connection, probe, mark, arrived));
    } catch (Connection.RefusedException e) {
      stages.add(
          Stage.failed(
              Name.CONNACK, "The broker refuses: %s.".formatted(e.reason()), fix(e.reason())));
    } catch (Connection.BrokenException e) {
      stages.add(
          Stage.failed(
              stages.stream().anyMatch(stage -> stage.name() == Name.CONNACK)
                  ? Name.ACL
                  : Name.CONNACK,
              "There is no answer to MQTT: %s.".formatted(e.getMessage()),
              "While no broker leads, clients wait here: look at the cluster's page. If that is"
                  + " well, look whether the port expects TLS, or a PROXY header that only HAProxy"
                  + " sends."));
    }
  }

  private static String fix(Reason reason) {
    return switch (reason.code()) {
      case 0x85 ->
          "Connect with the client id that the account is bound to, or unbind it on the page"
              + " Security.";
      case 0x86, 0x87 ->
          "Check name and password, and whether the account is enabled on the page Security; for"
              + " this center's own account, the Secret has to hold the broker's password.";
      case 0x88, 0x89, 0x9F ->
          "Try again in a moment; if it stays, look at the broker's log and its limits.";
      default -> "Look at the broker's log.";
    };
  }

  private Stage acl(Connection connection, String probe, String mark, CountDownLatch arrived)
      throws InterruptedException, Connection.BrokenException {
    try {
      var subscribed =
          connection
              .subscribe(List.of(new Connection.Subscription(probe, 1, Connection.Replay.NONE)))
              .getFirst();
      if (subscribed.refused()) {
        return Stage.failed(
            Name.ACL,
            "Subscribing to '%s' is refused: %s.".formatted(probe, subscribed),
            "Give one of the account's roles an ACL subscribePattern or subscribeLiteral for it;"
                + " the ACL tester says which rule decides.");
      }
      var published =
          connection.publish(Message.of(probe, mark.getBytes(StandardCharsets.UTF_8), 1, false));
      if (published.refused()) {
        return Stage.failed(
            Name.ACL,
            "Publishing to '%s' is refused: %s.".formatted(probe, published),
            "Give one of the account's roles an ACL publishClientSend for it; the ACL tester says"
                + " which rule decides.");
      }
    } catch (IllegalArgumentException e) {
      return Stage.failed(
          Name.ACL, "'%s' is no name of a topic.".formatted(probe), "Give one without + and #.");
    }
    if (!arrived.await(patience.toMillis(), TimeUnit.MILLISECONDS)) {
      return Stage.failed(
          Name.ACL,
          "Publishing to '%s' was accepted, but the message did not come back.".formatted(probe),
          "Give one of the account's roles an ACL publishClientReceive for it, or look whether"
              + " another rule with a higher priority denies it.");
    }
    return Stage.ok(Name.ACL, "'%s' can be subscribed to and published to.".formatted(probe));
  }

  /** The certificate was judged before: this has to get as far as the broker's answer. */
  private static MqttClientSslConfig trusting() {
    return MqttClientSslConfig.builder()
        .trustManagerFactory(new Trusting())
        .hostnameVerifier((host, session) -> true)
        .build();
  }

  private static final class Trusting extends TrustManagerFactory {

    private static final Provider NONE =
        new Provider("check", "1", "") {
          private static final long serialVersionUID = 1;
        };

    Trusting() {
      super(
          new TrustManagerFactorySpi() {
            @Override
            protected void engineInit(KeyStore keys) {}

            @Override
            protected void engineInit(ManagerFactoryParameters parameters) {}

            @Override
            protected TrustManager[] engineGetTrustManagers() {
              return new TrustManager[] {Certificates.anything()};
            }
          },
          NONE,
          "any");
    }
  }
}
