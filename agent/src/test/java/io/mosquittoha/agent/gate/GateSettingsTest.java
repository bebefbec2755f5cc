package io.mosquittoha.agent.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an operator writes, and what is said to them when it cannot be meant. */
class GateSettingsTest {

  @Test
  void ports_are_read() {
    assertThat(Port.parse("1883=21883, 8883=28883,1884=21884+proxy"))
        .containsExactly(
            new Port(1_883, 21_883, false),
            new Port(8_883, 28_883, false),
            new Port(1_884, 21_884, true));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          1883               | "1883" is not PORT=BROKERPORT or PORT=BROKERPORT+proxy; write for example
          1883=              | "1883=" is not PORT=BROKERPORT
          1883=21883,        | "" is not PORT=BROKERPORT
          1883=21883+proxies | "1883=21883+proxies" is not PORT=BROKERPORT
          -1=21883           | "-1=21883" is not PORT=BROKERPORT
          1883=70000         | a port is a number from 1 to 65535
          1883=0             | a port is a number from 1 to 65535
          1883=1883          | give the broker another, for example 21883
          1883=1,1883=2      | port 1883 stands there twice
          """)
  void what_cannot_be_meant_is_refused(String text, String message) {
    assertThatThrownBy(() -> Port.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("gates: ")
        .hasMessageContaining(message);
  }

  @Test
  void settings_that_let_nobody_in_are_refused() {
    var settings = GateSettings.of(List.of(new Port(1_883, 21_883, false)));
    assertThatThrownBy(() -> settings.withConnections(0)).hasMessageContaining("gateConnections");
    assertThatThrownBy(() -> settings.withHeldBytesTotal(1)).hasMessageContaining("at least 1 MiB");
    assertThatThrownBy(() -> settings.withHold(Duration.ofSeconds(-1), 1))
        .hasMessageContaining("holdTime");
    assertThatThrownBy(() -> settings.withHold(Duration.ofSeconds(1), -1))
        .hasMessageContaining("holdConnections");
    assertThatThrownBy(() -> GateSettings.of(List.of())).hasMessageContaining("no port is named");
  }
}
