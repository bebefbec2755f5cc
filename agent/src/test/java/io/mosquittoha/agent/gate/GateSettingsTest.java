package io.mosquittoha.agent.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.UnixDomainSocketAddress;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an operator writes, and what is said to them when it cannot be meant. */
class GateSettingsTest {

  @Test
  void ports_are_read() {
    assertThat(Port.parse("1883=/run/1883.sock, 8883=/run/8883.sock,1884=/run/1884.sock+proxy"))
        .containsExactly(
            new Port(1_883, UnixDomainSocketAddress.of("/run/1883.sock"), false),
            new Port(8_883, UnixDomainSocketAddress.of("/run/8883.sock"), false),
            new Port(1_884, UnixDomainSocketAddress.of("/run/1884.sock"), true));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          1883                 | "1883" is not PORT=/PATH or PORT=/PATH+proxy, with the path of the broker's Unix socket; write
          1883=                | "1883=" is not PORT=/PATH
          1883=21883           | "1883=21883" is not PORT=/PATH
          1883=/run/s,         | "" is not PORT=/PATH
          1883=/run/s+proxies  | "1883=/run/s+proxies" is not PORT=/PATH
          -1=/run/s            | "-1=/run/s" is not PORT=/PATH
          70000=/run/s         | a port is a number from 1 to 65535
          1883=/a,1883=/b      | port 1883 stands there twice
          1883=/a,1884=/a      | /a stands there twice
          """)
  void what_cannot_be_meant_is_refused(String text, String message) {
    assertThatThrownBy(() -> Port.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("gates: ")
        .hasMessageContaining(message);
  }

  @Test
  void a_path_that_no_socket_can_have_is_refused() {
    var path = "/" + "x".repeat(107);
    assertThatThrownBy(() -> Port.parse("1883=" + path)).hasMessageContaining("at most 107 bytes");
    assertThat(Port.parse("1883=" + path.substring(1).replaceFirst("x", "/"))).hasSize(1);
  }

  @Test
  void settings_that_let_nobody_in_are_refused() {
    var settings = GateSettings.of(List.of(new Port(1_883, Addresses.freePath(), false)));
    assertThatThrownBy(() -> settings.withConnections(0)).hasMessageContaining("gateConnections");
    assertThatThrownBy(() -> settings.withHeldBytesTotal(1)).hasMessageContaining("at least 1 MiB");
    assertThatThrownBy(() -> settings.withHold(Duration.ofSeconds(-1), 1))
        .hasMessageContaining("holdTime");
    assertThatThrownBy(() -> settings.withHold(Duration.ofSeconds(1), -1))
        .hasMessageContaining("holdConnections");
    assertThatThrownBy(() -> GateSettings.of(List.of())).hasMessageContaining("no port is named");
  }
}
