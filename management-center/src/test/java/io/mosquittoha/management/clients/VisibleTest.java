package io.mosquittoha.management.clients;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VisibleTest {

  @ParameterizedTest
  @CsvSource({
    "plain id,plain id",
    "a\u202Eb,a\\u{202e}b",
    "be\u0007ll,be\\u{7}ll",
    "ü😀,ü😀",
    "zero\u200Bwidth,zero\\u{200b}width",
    "wide\u00A0space,wide\\u{a0}space"
  })
  void text_whenSomethingInItCannotBeSeen_thenItsNumberCan(String text, String shown) {
    assertThat(Visible.of(text)).isEqualTo(shown);
  }

  @Test
  void text_whenItHasAllControlCharacters_thenNoneIsLeft() {
    var text =
        IntStream.rangeClosed(0, 0x9F)
            .mapToObj(c -> String.valueOf((char) c))
            .collect(Collectors.joining());
    assertThat(Visible.of(text + "\uD800").chars()).noneMatch(Character::isISOControl);
    assertThat(Visible.of("\uD800")).isEqualTo("\\u{d800}");
  }

  @Test
  void start_whenTheTextIsLong_thenItSaysHowLongAndCutsNoCharacterInTwo() {
    assertThat(Visible.start("x".repeat(23_000)))
        .startsWith("xxxx")
        .endsWith("x… (23,000 characters)");
    assertThat(Visible.start("a😀😀😀", 2)).isEqualTo("a… (7 characters)");
    assertThat(Visible.start("short")).isEqualTo("short");
  }
}
