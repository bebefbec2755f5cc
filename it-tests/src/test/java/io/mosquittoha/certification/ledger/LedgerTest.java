package io.mosquittoha.certification.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LedgerTest {

  private final Ledger ledger = new Ledger();

  @BeforeEach
  void open() {
    ledger.openSubscriber("sub");
    ledger.openPublisher("pub");
    for (var number = 1; number <= 5; number++) {
      ledger.sent("pub", number);
      ledger.acknowledged("pub", number);
    }
  }

  private void arrive(int qos, int... numbers) {
    for (var number : numbers) {
      ledger.arrived("sub", "pub", number, qos);
    }
  }

  @Test
  void books_whenEverythingArrivedOnceAndInOrder_thenTheyBalance() {
    arrive(2, 1, 2, 3, 4, 5);

    assertThat(ledger.faults()).isEmpty();
    assertThat(ledger.isBalanced()).isTrue();
    assertThat(ledger.acknowledged()).isEqualTo(5);
  }

  @Test
  void books_whenAnAcknowledgedMessageIsMissing_thenTheySayWhich() {
    arrive(2, 1, 2, 4, 5);

    assertThat(ledger.isBalanced()).isFalse();
    assertThat(ledger.faults()).containsExactly("sub never got 1 acknowledged messages of pub: 3");
  }

  @Test
  void books_whenAMessageWasNotAcknowledged_thenItMayBeMissingOrNot() {
    ledger.sent("pub", 6);
    ledger.sent("pub", 7);
    arrive(2, 1, 2, 3, 4, 5, 7);

    assertThat(ledger.faults()).isEmpty();
  }

  @Test
  void books_whenAMessageOfQos2ComesTwice_thenThatIsAFault() {
    arrive(2, 1, 2, 3, 2, 4, 5);

    assertThat(ledger.faults()).containsExactly("sub got number 2 of pub twice with QoS 2");
  }

  @Test
  void books_whenAMessageOfQos1ComesTwice_thenItIsCounted() {
    arrive(1, 1, 2, 3, 2, 3, 4, 5);

    assertThat(ledger.faults()).isEmpty();
    assertThat(ledger.repeated()).isEqualTo(2);
  }

  @Test
  void books_whenAMessageComesTooLate_thenThatIsAFault() {
    arrive(1, 1, 2, 4, 3, 5);

    assertThat(ledger.faults()).containsExactly("sub got number 3 of pub after 4");
  }

  @Test
  void books_whenAMessageWasNeverSent_thenThatIsAFault() {
    arrive(1, 1, 2, 3, 4, 5, 6);

    assertThat(ledger.faults()).containsExactly("sub got number 6 of pub, which was never sent");
  }

  @Test
  void books_whenASubscriberHearsOfWhatItGaveUp_thenThatIsAFault() {
    ledger.openUnheard("retaining");
    ledger.sent("retaining", 1);
    ledger.acknowledged("retaining", 1);
    arrive(1, 1, 2, 3, 4, 5);
    assertThat(ledger.faults()).isEmpty();

    ledger.arrived("sub", "retaining", 1, 1);

    assertThat(ledger.faults())
        .containsExactly("sub got a message that it did not subscribe to, of retaining");
  }

  @Test
  void books_whenANewChapterBegins_thenOnlyNewFaultsAreToldInIt() {
    arrive(2, 1, 2, 2, 4);
    assertThat(ledger.faults()).hasSize(2);

    ledger.forgive();

    assertThat(ledger.faults()).isEmpty();
    ledger.sent("pub", 6);
    ledger.acknowledged("pub", 6);
    assertThat(ledger.faults()).hasSize(1);
  }

  @Test
  void books_whenMuchIsWrong_thenTheyCanStillBeRead() {
    for (var i = 0; i < 1000; i++) {
      ledger.complain("fault %d", i);
    }

    assertThat(ledger.faults()).hasSizeLessThan(20).anyMatch(line -> line.contains("988 more"));
  }
}
