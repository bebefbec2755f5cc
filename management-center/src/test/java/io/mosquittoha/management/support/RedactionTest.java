package io.mosquittoha.management.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RedactionTest {

  private final Redaction redaction = new Redaction(List.of("known\"Secret+1/\n", "", "a"));

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void knownSecret_isFoundInWhateverFormItIsWritten() {
    var clean =
        redaction.clean(
            """
            plain known"Secret+1/ and
            {"x": "known\\"Secret+1/"}
            ?x=known%22Secret%2B1%2F
            """
                + base64("known\"Secret+1/"));

    assertThat(clean).doesNotContain("Secret").doesNotContain(base64("known\"Secret+1/"));
    assertThat(clean).startsWith("plain [removed] and");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"password\":\"hunter2-x\"}",
        "{\"password\" : \"with \\\" hunter2-x\"}",
        "{\"after\":\"{\\\"password\\\":\\\"hunter2-x\\\",\\\"a\\\":1}\"}",
        "{\"after\":\"{\\\"password\\\":\\\"a \\\\\\\" hunter2-x\\\"}\"}",
        "{\"clientSecret\":\"hunter2-x\"}",
        "{\"salt\": \"hunter2-x\"}",
        "password=hunter2-x",
        "password: hunter2-x",
        "token: \"and hunter2-x\"",
        "token='and hunter2-x'",
        "oidc.clientSecret = hunter2-x",
        "Authorization: Bearer hunter2-x",
        "authorization: Basic hunter2-x==",
        "Cookie: session=hunter2-x; other",
        "https://user:hunter2-x@issuer.example/path",
        "mosquitto_pub -h host -P hunter2-x -t a",
        "$argon2id$v=19$m=15360$hunter2-x",
        "user:$7$101$hunter2-x",
        "eyJhbGciOiJSUzI1NiJ9.hunter2-x.sig",
        "-----BEGIN PRIVATE KEY-----\nhunter2-x\n-----END PRIVATE KEY-----",
        "-----BEGIN EC PRIVATE KEY-----\nhunter2-x\n",
      })
  void whatLooksLikeASecret_isTakenOut(String text) {
    assertThat(redaction.clean(text)).doesNotContain("hunter2-x").contains("[removed]");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"passwordFile\":\"/center/account/password\"}",
        "{\"summary\":\"m-0 leads; 3 of 3 in sync\",\"epoch\":1}",
        "mosquitto_ha_connections{route=\"served\"} 12.0",
        "at io.mosquittoha.management.web.Tokens.find(Tokens.java:12)",
        "http://127.0.0.1:7070/metrics",
      })
  void whatIsNone_stays(String text) {
    assertThat(redaction.clean(text)).isEqualTo(text);
  }

  @Test
  void jsonStaysJson() {
    assertThat(redaction.clean("{\"a\":1,\"password\":\"x\",\"b\":\"y\"}"))
        .isEqualTo("{\"a\":1,\"password\":\"[removed]\",\"b\":\"y\"}");
  }
}
