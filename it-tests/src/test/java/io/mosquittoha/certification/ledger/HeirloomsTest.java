package io.mosquittoha.certification.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class HeirloomsTest {

  @Test
  void retained_whenAllIsPublished_thenItIsWhatABrokerWouldKeep() {
    var heirlooms = new Heirlooms("here");
    var broker = new TreeMap<String, String>();
    var cleared = 0;
    for (var number = 1L; number <= 200; number++) {
      var content = heirlooms.content(number);
      assertThat(content.retain()).isTrue();
      if (content.payload().length == 0) {
        broker.remove(content.topic());
        cleared++;
      } else {
        broker.put(content.topic(), new String(content.payload(), StandardCharsets.UTF_8));
      }
      assertThat(heirlooms.after(number)).isEqualTo(broker);
    }
    assertThat(cleared).as("topics are cleared now and then").isBetween(20, 60);
  }
}
