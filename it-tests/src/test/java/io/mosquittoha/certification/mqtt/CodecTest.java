package io.mosquittoha.certification.mqtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mosquittoha.certification.mqtt.Packet.Acknowledgement;
import io.mosquittoha.certification.mqtt.Packet.Connack;
import io.mosquittoha.certification.mqtt.Packet.Connect;
import io.mosquittoha.certification.mqtt.Packet.Goodbye;
import io.mosquittoha.certification.mqtt.Packet.Granted;
import io.mosquittoha.certification.mqtt.Packet.Ping;
import io.mosquittoha.certification.mqtt.Packet.Publish;
import io.mosquittoha.certification.mqtt.Packet.Step;
import io.mosquittoha.certification.mqtt.Packet.Subscribe;
import io.mosquittoha.certification.mqtt.Packet.Unsubscribe;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class CodecTest {

  private static byte[] bytes(String hex) {
    return HexFormat.of().parseHex(hex.replace(" ", ""));
  }

  private static Packet read(MqttVersion version, byte[] bytes) throws IOException {
    var in = new DataInputStream(new ByteArrayInputStream(bytes));
    return new Codec(version).read(in.readUnsignedByte(), in);
  }

  static Stream<Arguments> packets() {
    return Stream.<Packet>of(
            new Connect(
                "id",
                Optional.of(new Login("user", "word")),
                false,
                15,
                0,
                Optional.of(new Will("topic", "gone"))),
            new Connect("id", Optional.empty(), true, 0, 0, Optional.empty()),
            new Connack(true, 0, 65535),
            new Acknowledgement(Step.PUBREL, 513),
            new Subscribe(1, List.of("a/#", "b"), 2),
            new Granted(1, List.of(2, 0x80)),
            new Unsubscribe(2, List.of("a/#")),
            new Ping(),
            new Goodbye(0))
        .flatMap(packet ->
            Stream.of(MqttVersion.values()).map(version -> Arguments.of(version, packet)));
  }

  @ParameterizedTest
  @MethodSource("packets")
  void packet_whenItIsWrittenAndRead_thenItIsTheSame(MqttVersion version, Packet packet)
      throws IOException {
    assertThat(read(version, new Codec(version).encode(packet))).isEqualTo(packet);
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource({
    "V3_1_1, 3a 06 00 01 74 01 02 70",
    "V5,     3a 07 00 01 74 01 02 00 70",
    // As Mosquitto may send it: with a property in between.
    "V5,     3a 0c 00 01 74 01 02 05 02 00 00 00 09 70"
  })
  void publish_whenItComesFromTheWire_thenItIsUnderstood(MqttVersion version, String hex)
      throws IOException {
    if (!(read(version, bytes(hex)) instanceof Publish publish)) {
      throw new AssertionError("it is no PUBLISH");
    }
    assertThat(publish.topic()).isEqualTo("t");
    assertThat(publish.payload()).isEqualTo(new byte[] {'p'});
    assertThat(publish.id()).isEqualTo(258);
    assertThat(publish.qos()).isEqualTo(1);
    assertThat(publish.duplicate()).isTrue();
    assertThat(publish.retain()).isFalse();
  }

  @Test
  void connack_whenMosquittoSaysHowMuchItTakes_thenThatIsRead() throws IOException {
    // Topic alias maximum 10, receive maximum 20, as Mosquitto 2.1 sends them.
    assertThat(read(MqttVersion.V5, bytes("20 09 01 00 06 22 00 0a 21 00 14")))
        .isEqualTo(new Connack(true, 0, 20));
  }

  @Test
  void acknowledgement_whenItIsARefusal_thenItsReasonIsRead() throws IOException {
    assertThat(read(MqttVersion.V5, bytes("40 03 00 07 97")))
        .isEqualTo(new Acknowledgement(Step.PUBACK, 7, 0x97));
  }

  @Test
  void packet_whenItsPropertyIsUnknown_thenItIsNotGuessed() {
    assertThatThrownBy(() -> read(MqttVersion.V5, bytes("20 05 00 00 02 7e 00")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("unknown property");
  }
}
