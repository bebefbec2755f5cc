package io.mosquittoha.certification.ledger;

import static org.awaitility.Awaitility.await;

import io.mosquittoha.certification.mqtt.Dial;
import io.mosquittoha.certification.mqtt.MqttVersion;
import io.mosquittoha.certification.mqtt.Packet.Publish;
import io.mosquittoha.certification.mqtt.Will;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.awaitility.core.ConditionTimeoutException;

/**
 * Wills around one blow: of clients that do not come back, exactly once; of one that left and of
 * one that came back, never.
 */
final class Wills implements AutoCloseable {

  private final Dial dial;
  private final String topic;
  private final Ledger ledger;
  private final Map<String, Integer> published = new ConcurrentHashMap<>();
  private final List<Mortal> mourned = new ArrayList<>();
  private List<Mortal> returning = List.of();
  private int round;

  Wills(Dial dial, String topic, Ledger ledger) {
    this.dial = dial;
    this.topic = topic;
    this.ledger = ledger;
  }

  /** What the witness, which is subscribed to the topic, got. */
  void witness(Publish publish) {
    published.merge(new String(publish.payload(), StandardCharsets.UTF_8), 1, Integer::sum);
  }

  /** Connects clients whose wills are to be judged. */
  void prepare() {
    round++;
    close();
    mourned.add(mortal("mourned-311", dial.withVersion(MqttVersion.V3_1_1)));
    mourned.add(mortal("mourned-5", dial.withVersion(MqttVersion.V5).withLastingSession()));
    var departing = mortal("departed", dial.withVersion(MqttVersion.V3_1_1));
    returning =
        List.of(
            mortal("returned-311", dial.withVersion(MqttVersion.V3_1_1).withLastingSession()),
            mortal("returned-5", dial.withVersion(MqttVersion.V5)));
    all("clients that are to die", mourned);
    all("clients that are to return", returning);
    all("a client that is to leave", List.of(departing));
    departing.close();
  }

  private Mortal mortal(String name, Dial as) {
    var id = "%s-%d".formatted(name, round);
    var mortal =
        new Mortal(
            as.withClientId("%s-%s".formatted(dial.clientId(), id)).withWill(new Will(topic, id)),
            ledger);
    mortal.start();
    return mortal;
  }

  /** Some of them do not survive what happens now. */
  void die() {
    mourned.forEach(Mortal::die);
  }

  /**
   * Waits for what is due, and then shows that nothing else comes.
   *
   * @param within from now on, when service is back: the grace of those who are missing begins with it
   */
  void judge(Duration within) {
    all("clients with wills to be back", returning);
    try {
      await("wills of clients that did not come back")
          .pollInterval(Duration.ofMillis(20))
          .atMost(within)
          .until(() -> mourned.stream().allMatch(dead -> times(dead) == 1));
    } catch (ConditionTimeoutException e) {
      // What is wrong is written down below.
    }
    for (var dead : mourned) {
      if (times(dead) != 1) {
        ledger.complain(
            "the will of %s, which did not come back, was published %d times within %s",
            dead.name(), times(dead), within);
      }
    }
    // Leaving on their own account, they leave no will either.
    returning.forEach(Mortal::close);
    var before = Map.copyOf(published);
    try {
      await("no other will")
          .pollInterval(Duration.ofMillis(20))
          .during(Duration.ofMillis(300))
          .atMost(Duration.ofSeconds(1))
          .until(() -> published.equals(before));
    } catch (ConditionTimeoutException e) {
      ledger.complain("a will was published late: %s, then %s", before, published);
    }
    for (var name : List.of("departed", "returned-311", "returned-5")) {
      var times = published.getOrDefault("%s-%d".formatted(name, round), 0);
      if (times > 0) {
        ledger.complain("the will of %s, which nobody wanted, was published %d times", name, times);
      }
    }
    close();
  }

  private int times(Mortal mortal) {
    return published.getOrDefault(mortal.dial().will().orElseThrow().payload(), 0);
  }

  private static void all(String what, List<Mortal> mortals) {
    await(what)
        .pollInterval(Duration.ofMillis(20))
        .atMost(Duration.ofSeconds(30))
        .until(() -> mortals.stream().allMatch(Mortal::isConnected));
  }

  @Override
  public void close() {
    mourned.forEach(Mortal::close);
    returning.forEach(Mortal::close);
    mourned.clear();
    returning = List.of();
  }
}
