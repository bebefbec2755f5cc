package io.mosquittoha.certification.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mosquittoha.certification.ledger.Outbox.Content;
import io.mosquittoha.certification.ledger.Outbox.Refusal;
import io.mosquittoha.certification.mqtt.Packet;
import io.mosquittoha.certification.mqtt.Packet.Acknowledgement;
import io.mosquittoha.certification.mqtt.Packet.Publish;
import io.mosquittoha.certification.mqtt.Packet.Step;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OutboxTest {

  private final List<Long> acknowledged = new ArrayList<>();

  private Outbox outbox(int qos) {
    return new Outbox(
        qos,
        3,
        number -> new Content("topic", new byte[] {(byte) number}, false),
        acknowledged::add);
  }

  private static Acknowledgement of(Step step, Publish publish) {
    return new Acknowledgement(step, publish.id());
  }

  @Test
  void qos1_whenItIsAcknowledged_thenItIsDone() throws Refusal {
    var outbox = outbox(1);
    var publish = outbox.next();
    assertThat(publish.duplicate()).isFalse();
    assertThat(acknowledged).isEmpty();

    assertThat(outbox.take(of(Step.PUBACK, publish))).isEmpty();

    assertThat(acknowledged).containsExactly(1L);
    assertThat(outbox.isEmpty()).isTrue();
  }

  @Test
  void qos2_whenItIsReceivedAndCompleted_thenItIsDoneAndNotBefore() throws Refusal {
    var outbox = outbox(2);
    var publish = outbox.next();

    assertThat(outbox.take(of(Step.PUBREC, publish))).contains(of(Step.PUBREL, publish));
    assertThat(acknowledged).isEmpty();
    outbox.take(of(Step.PUBCOMP, publish));

    assertThat(acknowledged).containsExactly(1L);
  }

  @Test
  void qos2_whenItIsCompletedWithoutHavingBeenReceived_thenItIsNotDone() throws Refusal {
    var outbox = outbox(2);
    outbox.take(of(Step.PUBCOMP, outbox.next()));

    assertThat(acknowledged).isEmpty();
    assertThat(outbox.isEmpty()).isFalse();
  }

  @Test
  void resume_whenTheConnectionBroke_thenItContinuesInTheOldOrder() throws Refusal {
    var outbox = outbox(2);
    var first = outbox.next();
    var second = outbox.next();
    var third = outbox.next();
    outbox.take(of(Step.PUBREC, first));

    assertThat(outbox.resume())
        .containsExactly(of(Step.PUBREL, first), second.again(), third.again())
        .filteredOn(Publish.class::isInstance)
        .map(Publish.class::cast)
        .allMatch(Publish::duplicate);
  }

  @Test
  void resume_whenAllIsDone_thenThereIsNothingToSend() throws Refusal {
    var outbox = outbox(1);
    outbox.take(of(Step.PUBACK, outbox.next()));

    assertThat(outbox.resume()).isEmpty();
  }

  @Test
  void answer_whenAPubrecIsRepeatedAfterTheEnd_thenItIsReleasedAgain() throws Refusal {
    var outbox = outbox(2);
    var publish = outbox.next();
    outbox.take(of(Step.PUBREC, publish));
    outbox.take(of(Step.PUBCOMP, publish));

    assertThat(outbox.take(of(Step.PUBREC, publish))).contains((Packet) of(Step.PUBREL, publish));
    assertThat(acknowledged).containsExactly(1L);
  }

  @Test
  void answer_whenTheBrokerRefuses_thenItIsNotAcknowledged() {
    var outbox = outbox(1);
    var publish = outbox.next();

    assertThatThrownBy(() -> outbox.take(new Acknowledgement(Step.PUBACK, publish.id(), 0x97)))
        .isInstanceOf(Refusal.class)
        .hasMessage("message 1 was refused with code 0x97");
    assertThat(acknowledged).isEmpty();
    assertThat(outbox.isEmpty()).isTrue();
  }

  @Test
  void window_whenItIsFull_thenNothingNewIsSent() {
    var outbox = outbox(1);
    outbox.next();
    outbox.next();
    outbox.next();

    assertThat(outbox.isFull()).isTrue();
    assertThatThrownBy(outbox::next).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void ids_whenTheyComeRound_thenNoneIsTakenThatIsStillOpen() throws Refusal {
    var outbox = outbox(1);
    var stuck = outbox.next();
    for (var i = 0; i < 70_000; i++) {
      var publish = outbox.next();
      assertThat(publish.id()).isNotEqualTo(stuck.id()).isBetween(1, 65535);
      outbox.take(of(Step.PUBACK, publish));
    }
  }
}
