package io.mosquittoha.certification.ledger;

import io.mosquittoha.certification.mqtt.Packet;
import io.mosquittoha.certification.mqtt.Packet.Acknowledgement;
import io.mosquittoha.certification.mqtt.Packet.Publish;
import io.mosquittoha.certification.mqtt.Packet.Step;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * The receiving half of a session: with QoS 2 a packet id is new only after the PUBREL of the
 * message that had it before.
 */
final class Intake {

  private final Set<Integer> open = new HashSet<>();

  /** Whether this is a message, and not one that came before and is only sent again. */
  boolean isNew(Publish publish) {
    return publish.qos() < 2 || open.add(publish.id());
  }

  /** What has to be said to it. */
  Optional<Packet> answer(Publish publish) {
    return switch (publish.qos()) {
      case 0 -> Optional.empty();
      case 1 -> Optional.of(new Acknowledgement(Step.PUBACK, publish.id()));
      default -> Optional.of(new Acknowledgement(Step.PUBREC, publish.id()));
    };
  }

  /** What has to be said to a PUBREL. */
  Packet release(Acknowledgement pubrel) {
    open.remove(pubrel.id());
    return new Acknowledgement(Step.PUBCOMP, pubrel.id());
  }

  /** The session began anew, so that no id has a past. */
  void forget() {
    open.clear();
  }
}
