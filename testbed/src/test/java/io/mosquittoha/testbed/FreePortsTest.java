package io.mosquittoha.testbed;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FreePortsTest {

  @Test
  void noPortIsGivenOutTwice() {
    var ports = new FreePorts();
    assertThat(IntStream.range(0, 200).mapToObj(i -> ports.next()).toList())
        .doesNotHaveDuplicates()
        .allMatch(port -> port >= 20_000 && port < 30_000);
  }
}
