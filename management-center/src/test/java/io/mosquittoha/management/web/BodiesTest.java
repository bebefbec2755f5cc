package io.mosquittoha.management.web;

import static io.mosquittoha.management.web.Running.form;
import static io.mosquittoha.management.web.Running.json;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BodiesTest {

  record Inner(String name, boolean allow) {}

  record Sent(
      String text,
      boolean flag,
      Optional<Boolean> perhaps,
      List<Inner> inner,
      Optional<List<Inner>> more) {}

  private static final Room ECHO =
      routes ->
          routes.post(
              "/api/v1/echo",
              Role.VIEWER,
              "Echo",
              Sent.class,
              visit -> visit.json(visit.body(Sent.class)));

  @TempDir Path folder;

  private static final String[] AS_JSON = {"Content-Type", "application/json"};

  @Test
  void flag_whenMissingInJson_thenIsFalse_andWhatIsOptionalIsEmpty() {
    try (var running = Running.in(folder, ECHO)) {
      var browser = running.admin();
      for (var body :
          List.of(
              "{\"inner\":[{\"name\":\"a\"}],\"more\":[{\"name\":\"b\"}]}",
              "{\"flag\":null,\"perhaps\":null,\"inner\":[{\"name\":\"a\",\"allow\":null}],"
                  + "\"more\":[{\"name\":\"b\",\"allow\":null}]}")) {
        var answer = browser.send("POST", "/api/v1/echo", body, AS_JSON);

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        var echo = json(answer);
        assertThat(echo.get("flag").isBoolean()).isTrue();
        assertThat(echo.get("flag").asBoolean()).isFalse();
        assertThat(echo.path("perhaps").isBoolean()).isFalse();
        assertThat(echo.at("/inner/0/allow").asBoolean(true)).isFalse();
        assertThat(echo.at("/more/0/allow").asBoolean(true)).isFalse();
      }
      var all = "{\"flag\":true,\"perhaps\":false,\"inner\":[{\"name\":\"a\",\"allow\":true}]}";
      var echo = json(browser.send("POST", "/api/v1/echo", all, AS_JSON));
      assertThat(echo.get("flag").asBoolean()).isTrue();
      assertThat(echo.get("perhaps").isBoolean()).isTrue();
      assertThat(echo.at("/inner/0/allow").asBoolean()).isTrue();
    }
  }

  @Test
  void flag_whenMissingInAForm_thenIsFalse_andWhatABrowserSendsForACheckedBoxIsTrue() {
    try (var running = Running.in(folder, ECHO)) {
      var browser = running.admin();

      var without = json(browser.send("POST", "/api/v1/echo", form("text", "x")));
      assertThat(without.get("flag").isBoolean()).isTrue();
      assertThat(without.get("flag").asBoolean()).isFalse();

      var checked = json(browser.send("POST", "/api/v1/echo", form("flag", "on", "perhaps", "on")));
      assertThat(checked.get("flag").asBoolean()).isTrue();
      assertThat(checked.get("perhaps").asBoolean()).isTrue();
    }
  }

  @Test
  void flag_whenItIsNoBoolean_thenTheAnswerNamesIt() {
    try (var running = Running.in(folder, ECHO)) {
      var answer = running.admin().send("POST", "/api/v1/echo", "{\"flag\":\"perhaps\"}", AS_JSON);

      assertThat(answer.statusCode()).isEqualTo(400);
      assertThat(answer.body()).contains("flag has a wrong value");
    }
  }
}
