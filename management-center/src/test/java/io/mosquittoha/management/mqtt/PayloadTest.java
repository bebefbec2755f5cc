package io.mosquittoha.management.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class PayloadTest {

  @Test
  void json_whenNumbersAreLongOrExact_thenStayAsTheyWereWritten() {
    var payload = text("{\"a\":1.10,\"b\":123456789012345678901234567890,\"a\":1E400}");
    assertThat(payload.kind()).isEqualTo(Payload.Kind.JSON);
    assertThat(payload.json().orElseThrow())
        .contains("1.10", "123456789012345678901234567890", "1E400");
  }

  @Test
  void json_whenNestedWithoutEnd_thenIsText() {
    assertThat(text("[".repeat(100_000)).kind()).isEqualTo(Payload.Kind.TEXT);
    assertThat(text("[".repeat(500) + "]".repeat(500)).kind()).isEqualTo(Payload.Kind.TEXT);
  }

  @Test
  void json_whenSomethingFollows_thenIsText() {
    assertThat(text("{} {}").json().isPresent() && text("{} x").json().isPresent()).isFalse();
  }

  @Test
  void text_whenItWouldTurnWhatFollows_thenShowsThatInstead() {
    assertThat(text("abc\u202Etxt.exe\u0007").text()).isEqualTo("abc\\u202Etxt.exe\u2407");
    assertThat(Payload.visible("a\nb\u200B")).isEqualTo("a\u240Ab\\u200B");
  }

  @Test
  void text_whenCutWithinACharacter_thenIsStillText() {
    var cut = Payload.of("aé".getBytes(StandardCharsets.UTF_8), 2);
    assertThat(cut.kind()).isEqualTo(Payload.Kind.TEXT);
    assertThat(cut.text()).isEqualTo("a");
    assertThat(cut.cut()).isTrue();
  }

  @Test
  void binary_whenNotUtf8_thenIsShownAsHex() {
    var payload = Payload.of(new byte[] {0, (byte) 0xff, 'a'}, 100);
    assertThat(payload.kind()).isEqualTo(Payload.Kind.BINARY);
    assertThat(payload.preview()).isEqualTo("00 ff 61");
    assertThat(payload.hex()).startsWith("000000  00 ff 61").contains("..a");
  }

  private static Payload text(String text) {
    return Payload.of(text.getBytes(StandardCharsets.UTF_8), 1 << 20);
  }
}
