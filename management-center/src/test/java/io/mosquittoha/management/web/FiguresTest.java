package io.mosquittoha.management.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class FiguresTest {

  @Test
  void bytes_whenAUnitIsFull_thenTheNextIsUsed() {
    assertThat(Figures.bytes(0)).isEqualTo("0 B");
    assertThat(Figures.bytes(1_023)).isEqualTo("1023 B");
    assertThat(Figures.bytes(1_024)).isEqualTo("1.0 KiB");
    assertThat(Figures.bytes(1_048_575)).isEqualTo("1.0 MiB");
    assertThat(Figures.bytes(150L << 20)).isEqualTo("150 MiB");
    assertThat(Figures.bytes(-2_048)).isEqualTo("-2.0 KiB");
  }

  @Test
  void rate_whenLarge_thenHasNoDecimals() {
    assertThat(Figures.rate(0.25)).isEqualTo("0.3");
    assertThat(Figures.rate(99.96)).isEqualTo("100");
    assertThat(Figures.rate(3_210.4)).isEqualTo("3,210");
  }

  @Test
  void millis_whenTenSecondsOrMore_thenAreSeconds() {
    assertThat(Figures.millis(3.21)).isEqualTo("3.2 ms");
    assertThat(Figures.millis(1_430)).isEqualTo("1,430 ms");
    assertThat(Figures.millis(12_400)).isEqualTo("12.4 s");
  }

  @Test
  void duration_whenLong_thenHasItsTwoGreatestUnits() {
    assertThat(Figures.duration(Duration.ofSeconds(59))).isEqualTo("59 s");
    assertThat(Figures.duration(Duration.ofSeconds(725))).isEqualTo("12 min 5 s");
    assertThat(Figures.duration(Duration.ofHours(76))).isEqualTo("3 d 4 h");
    assertThat(Figures.duration(Duration.ofSeconds(-5))).isEqualTo("0 s");
  }
}
