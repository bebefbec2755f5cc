package io.mosquittoha.agent.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mosquittoha.agent.replication.Entry;
import io.mosquittoha.agent.replication.Member;
import io.mosquittoha.agent.replication.Message;
import io.mosquittoha.agent.replication.Position;
import io.mosquittoha.agent.replication.View;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.recursive.comparison.RecursiveComparisonConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class WireTest {

  private static final int KINDS = 9;

  private final Random random = new Random(4711);

  private static IntStream kinds() {
    return IntStream.range(0, KINDS);
  }

  @Test
  void everyKindOfMessage_isTested() {
    assertThat(kinds().mapToObj(kind -> message(kind).getClass().getName()))
        .containsExactlyInAnyOrderElementsOf(
            Stream.of(Message.class.getPermittedSubclasses()).map(Class::getName).toList());
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void message_whenWrittenAndRead_isTheSame(int kind) throws IOException {
    var messages = Stream.generate(() -> message(kind)).limit(200).toList();

    var reader = new Wire.Reader(dribbling(write(messages)));

    for (var message : messages) {
      assertThat(reader.read())
          .usingRecursiveComparison(
              RecursiveComparisonConfiguration.builder().withStrictTypeChecking(true).build())
          .isEqualTo(message);
    }
    assertThatThrownBy(reader::read).isInstanceOf(EOFException.class);
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void size_isWhatIsWritten(int kind) throws IOException {
    for (var i = 0; i < 200; i++) {
      var message = message(kind);
      assertThat((long) write(List.of(message)).length).isEqualTo(4 + Wire.size(message));
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void frame_whenItEndsTooEarly_isRefused(int kind) throws IOException {
    var whole = write(List.of(small(kind)));
    for (var length = 0; length < whole.length; length++) {
      var part = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> new Wire.Reader(new ByteArrayInputStream(part)).read())
          .isInstanceOf(EOFException.class);
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void frame_whenItsLengthIsWrong_isRefused(int kind) throws IOException {
    var whole = write(List.of(small(kind)));
    for (var length = 0; length < whole.length + 20; length++) {
      if (length != whole.length - 4) {
        var wrong = ByteBuffer.wrap(Arrays.copyOf(whole, whole.length + 20)).putInt(0, length);
        assertThatThrownBy(() -> new Wire.Reader(new ByteArrayInputStream(wrong.array())).read())
            .isInstanceOf(WireException.class);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void frame_whenItsContentIsTooShort_isRefusedWithoutReadingOn(int kind) throws IOException {
    var whole = write(List.of(small(kind)));
    for (var length = 5; length < whole.length; length++) {
      var part = ByteBuffer.wrap(Arrays.copyOf(whole, length)).putInt(0, length - 4);
      assertThatThrownBy(() -> new Wire.Reader(new ByteArrayInputStream(part.array())).read())
          .isInstanceOf(WireException.class);
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void frame_whenItIsDamaged_isRefusedOrReadAsAnother(int kind) throws IOException {
    for (var i = 0; i < 2_000; i++) {
      var bytes = write(List.of(small(kind)));
      bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
      try {
        new Wire.Reader(new ByteArrayInputStream(bytes)).read();
      } catch (WireException | EOFException e) {
        assertThat(e).hasMessageMatching("(?s).{5,}"); // Anything else would fail the test.
      }
    }
  }

  @Test
  void frame_whenItsListCannotFit_takesNoMemory() {
    var frame = ByteBuffer.allocate(4 + 1 + 2 + 8 + 16 + 8 + 1 + 8 + 4);
    frame.putInt(frame.capacity() - 4).put((byte) 2);
    frame.putInt(frame.capacity() - 4, Integer.MAX_VALUE);

    assertThatThrownBy(() -> new Wire.Reader(new ByteArrayInputStream(frame.array())).read())
        .isInstanceOf(WireException.class)
        .hasMessageContaining("does not fit");
  }

  @Test
  void frame_whenItIsTooLong_isRefused() {
    var frame = ByteBuffer.allocate(8).putInt(Wire.MOST + 1);

    assertThatThrownBy(() -> new Wire.Reader(new ByteArrayInputStream(frame.array())).read())
        .isInstanceOf(WireException.class)
        .hasMessageContaining("67108865");
  }

  @Test
  void message_whenItIsTooLong_isNotWritten() {
    var body = new byte[Wire.MOST];

    assertThatThrownBy(() -> write(List.of(append(List.of(new Entry(1, 1, 1, body))))))
        .isInstanceOf(WireException.class)
        .hasMessageContaining("cannot be sent");
  }

  @Test
  void text_whenItIsNoUtf8_isRefused() throws IOException {
    var bytes = write(List.of(append(List.of())));
    bytes[4 + 1 + 2] = (byte) 0xc0;

    assertThatThrownBy(() -> new Wire.Reader(new ByteArrayInputStream(bytes)).read())
        .isInstanceOf(WireException.class)
        .hasMessageContaining("UTF-8");
  }

  @Test
  void hello_whenALaterVersionSaysMore_isStillRead() throws IOException {
    var hello = new Hello(1, 7, new Member("m-0", "a"), 42, 7000, "9.9", "r");
    var out = new ByteArrayOutputStream();
    var writer = new Wire.Writer(out);
    writer.write(hello);
    writer.flush();
    var later = Arrays.copyOf(out.toByteArray(), out.size() + 11);
    ByteBuffer.wrap(later).putInt(0, later.length - 4);
    var following = new ByteArrayOutputStream();
    following.writeBytes(later);
    following.writeBytes(write(List.of(new Message.TakeOver(5))));

    var reader = new Wire.Reader(new ByteArrayInputStream(following.toByteArray()));

    assertThat(reader.readHello()).isEqualTo(hello);
    assertThat(reader.read()).isEqualTo(new Message.TakeOver(5));
  }

  @Test
  void hello_whenSomethingElseIsSaid_isRefused() {
    var request = "GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    assertThatThrownBy(() -> new Wire.Reader(new ByteArrayInputStream(request)).readHello())
        .isInstanceOf(WireException.class)
        .hasMessageContaining("no agent");
  }

  private static byte[] write(List<Message> messages) throws IOException {
    var out = new ByteArrayOutputStream();
    var writer = new Wire.Writer(out);
    for (var message : messages) {
      writer.ping();
      writer.write(message);
    }
    writer.flush();
    var all = out.toByteArray();
    // For a single message the ping before it is in the way.
    return messages.size() == 1 ? Arrays.copyOfRange(all, 5, all.length) : all;
  }

  /** Gives few bytes at a time, as a network may. */
  private InputStream dribbling(byte[] bytes) {
    var whole = new ByteArrayInputStream(bytes);
    return new InputStream() {
      @Override
      public int read() {
        return whole.read();
      }

      @Override
      public int read(byte[] into, int offset, int length) {
        return whole.read(into, offset, Math.min(length, 1 + random.nextInt(50_000)));
      }
    };
  }

  private Message small(int kind) {
    var message = message(kind);
    while (Wire.size(message) > 600) {
      message = message(kind);
    }
    return message;
  }

  private Message message(int kind) {
    return switch (kind) {
      case 0 ->
          new Message.Status(
              random.nextBoolean() ? Optional.of(view()) : Optional.empty(),
              number(),
              position(),
              random.nextBoolean());
      case 1 -> append(list(() -> new Entry(number(), number(), number(), bytes())));
      case 2 -> new Message.Acknowledged(number(), number(), number());
      case 3 -> new Message.Refused(number(), number());
      case 4 -> new Message.Viewed(number(), view(), text());
      case 5 ->
          new Message.SnapshotPart(
              text(),
              number(),
              position(),
              number(),
              random.nextInt(),
              random.nextBoolean(),
              list(this::bytes));
      case 6 -> new Message.SnapshotReceived(number(), position(), random.nextInt());
      case 7 -> new Message.TakeOver(number());
      case 8 -> new Message.Leaving(number());
      default -> throw new IllegalArgumentException();
    };
  }

  private Message append(List<Entry> entries) {
    return new Message.Append(
        text(), number(), position(), number(), random.nextBoolean(), number(), entries);
  }

  private View view() {
    return new View(text(), number(), number(), member(), list(this::member));
  }

  private Member member() {
    return new Member(text(), text());
  }

  private Position position() {
    return new Position(number(), number());
  }

  private long number() {
    return random.nextLong() >> random.nextInt(64);
  }

  private byte[] bytes() {
    // Now and then longer than the buffers.
    var bytes = new byte[random.nextInt(50) == 0 ? random.nextInt(200_000) : random.nextInt(300)];
    random.nextBytes(bytes);
    return bytes;
  }

  private String text() {
    var alphabet = random.nextInt(4) == 0 ? "aä€😀-" : "mosquitto-ha0123456789";
    var points = alphabet.codePoints().toArray();
    var text = new StringBuilder("x");
    for (var i = random.nextInt(40); i > 0; i--) {
      text.appendCodePoint(points[random.nextInt(points.length)]);
    }
    return text.toString();
  }

  private <T> List<T> list(Supplier<T> element) {
    var list = new ArrayList<T>();
    for (var i = random.nextInt(6); i > 0; i--) {
      list.add(element.get());
    }
    return list;
  }
}
