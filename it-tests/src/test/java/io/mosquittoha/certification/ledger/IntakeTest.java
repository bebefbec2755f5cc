package io.mosquittoha.certification.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosquittoha.certification.mqtt.Packet.Acknowledgement;
import io.mosquittoha.certification.mqtt.Packet.Publish;
import io.mosquittoha.certification.mqtt.Packet.Step;
import org.junit.jupiter.api.Test;

class IntakeTest {

  private final Intake intake = new Intake();

  private static Publish message(int qos, int id) {
    return new Publish("topic", new byte[0], qos, false, false, id);
  }

  @Test
  void qos2_whenItIsSentAgainBeforeItsRelease_thenItIsNotNew() {
    assertThat(intake.isNew(message(2, 7))).isTrue();
    assertThat(intake.isNew(message(2, 7))).isFalse();
    assertThat(intake.isNew(message(2, 8))).isTrue();
  }

  @Test
  void qos2_whenTheIdWasReleased_thenTheNextOneWithItIsNew() {
    intake.isNew(message(2, 7));

    assertThat(intake.release(new Acknowledgement(Step.PUBREL, 7)))
        .isEqualTo(new Acknowledgement(Step.PUBCOMP, 7));
    assertThat(intake.isNew(message(2, 7))).isTrue();
  }

  @Test
  void qos1_whenItIsSentAgain_thenItCountsAgain() {
    assertThat(intake.isNew(message(1, 7))).isTrue();
    assertThat(intake.isNew(message(1, 7))).isTrue();
  }

  @Test
  void answer_whenAMessageCame_thenItIsTheOneOfItsQos() {
    assertThat(intake.answer(message(0, 0))).isEmpty();
    assertThat(intake.answer(message(1, 7))).contains(new Acknowledgement(Step.PUBACK, 7));
    assertThat(intake.answer(message(2, 7))).contains(new Acknowledgement(Step.PUBREC, 7));
  }
}
