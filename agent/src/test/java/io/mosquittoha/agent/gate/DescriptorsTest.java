package io.mosquittoha.agent.gate;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How many connections the limit of open files allows. */
class DescriptorsTest {

  @ParameterizedTest
  @CsvSource({
    "1048576, 20000",
    "unlimited, 20000",
    "20000, 9744",
    "1024, 256",
    "100, 1",
  })
  void as_many_as_leave_the_others_enough(String soft, int expected) {
    var limits =
        """
        Limit                     Soft Limit           Hard Limit           Units
        Max processes             unlimited            unlimited            processes
        Max open files            %-20s 1048576              files
        Max locked memory         8388608              8388608              bytes
        """
            .formatted(soft);
    assertThat(Descriptors.connections(20_000, limits)).isEqualTo(expected);
  }

  @Test
  void all_where_there_is_no_such_limit() {
    assertThat(Descriptors.connections(20_000, "")).isEqualTo(20_000);
    assertThat(Descriptors.connections(1)).isEqualTo(1);
  }
}
