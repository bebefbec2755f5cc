package io.mosquittoha.certification.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosquittoha.certification.lab.LeaderWatch.Yes;
import java.util.List;
import org.junit.jupiter.api.Test;

class LeaderWatchTest {

  @Test
  void answers_whenOneFollowsTheOther_thenThereIsNoConflict() {
    assertThat(
            LeaderWatch.conflicts(
                List.of(
                    new Yes("a", 1.00, 1.02),
                    new Yes("a", 1.10, 1.12),
                    new Yes("b", 1.13, 1.15),
                    new Yes("b", 1.20, 1.22))))
        .isEmpty();
  }

  @Test
  void answers_whenOneComesBetweenTwoOfTheOther_thenBothLed() {
    assertThat(
            LeaderWatch.conflicts(
                List.of(
                    new Yes("a", 1.00, 1.02), new Yes("a", 1.10, 1.12), new Yes("b", 1.03, 1.05))))
        .containsExactly("b said yes at 1.03, and a at 1.02 and at 1.10");
  }

  @Test
  void answers_whenTheyWereOnTheirWayAtTheSameTime_thenNothingIsKnown() {
    assertThat(
            LeaderWatch.conflicts(
                List.of(
                    new Yes("a", 1.00, 1.02), new Yes("a", 1.10, 1.40), new Yes("b", 1.05, 1.15))))
        .isEmpty();
  }

  @Test
  void answers_whenTheFirstLeadsAgainLater_thenThereIsNoConflict() {
    assertThat(
            LeaderWatch.conflicts(
                List.of(
                    new Yes("a", 1.00, 1.02), new Yes("b", 3.00, 3.02), new Yes("a", 5.00, 5.02))))
        .isEmpty();
  }
}
