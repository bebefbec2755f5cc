package io.mosquittoha.management.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mosquittoha.management.web.Problem;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClientKeyTest {

  static final List<String> HOSTILE =
      List.of(
          "",
          ".",
          "..",
          "~",
          "~YQ",
          "a/b",
          "/",
          "//",
          "../../api/v1/users",
          "%2F",
          "%252F",
          "%zz",
          "a b",
          "a+b",
          "a?b=c",
          "a#b",
          "a;b",
          "<img src=x onerror=alert(1)>",
          "\"><script>alert(1)</script>",
          "'\"`\\",
          "\r\nSet-Cookie: a=b",
          "\u0001\u007F\u202Egnirts\u2028",
          "ü",
          "😀",
          "${7*7}{{7*7}}",
          "x".repeat(23_000),
          "é/".repeat(20_000));

  @Test
  void key_whenAnIdIsHostile_thenItLeadsBackToItAndNeedsNoEscapes() {
    var keys = new HashSet<String>();
    for (var id : HOSTILE) {
      var key = ClientKey.of(id);
      assertThat(key).matches("~?[A-Za-z0-9._:@$=,+-]*").isNotIn(".", "..", "");
      assertThat(ClientKey.id(key)).isEqualTo(id);
      assertThat(keys.add(key)).as(id).isTrue();
    }
  }

  @Test
  void key_whenAnIdIsAsMostAre_thenItStandsInTheAddressAsItIs() {
    for (var id : List.of("sensor-7", "mqttx_0a1b2c", "urn:dev:mac:0024", "user@host", "A.b")) {
      assertThat(ClientKey.of(id)).isEqualTo(id);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"~%", "~a", "~_w", "~ "})
  void id_whenTheKeyIsNone_thenItIsRefused(String key) {
    assertThatThrownBy(() -> ClientKey.id(key))
        .isInstanceOfSatisfying(
            Problem.class, problem -> assertThat(problem.status()).isEqualTo(400));
  }
}
