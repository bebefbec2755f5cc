package io.mosquittoha.agent.link;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The agent's end of the socket. Brokers connect one after the other; everything that one handed over
 * is read to its end, also when it was killed.
 */
public final class Link implements AutoCloseable {

  /** What a broker tells. Called on the thread that reads: a method that waits makes the broker wait. */
  public interface Handler {

    /** A broker waits to be promoted. */
    void standby(long features);

    /** It has taken the state; {@code failed} of it was refused. */
    void restored(long failed);

    /** It accepts clients. */
    void serving();

    /** Whole turns of its loop. */
    void turns(byte[] changes, long number);

    /** It has done what it was asked. */
    void result(long token, long reason);

    /** The connection has ended, and everything before was told. */
    void gone();
  }

  private static final Logger LOG = System.getLogger(Link.class.getName());
  private static final int MAGIC = 0x4D484C4B;
  private static final int MAJOR = 1;
  private static final int CHUNK = 256 << 10;

  private final Path folder;
  private final Handler handler;
  private final Supplier<Optional<byte[]>> changedSecurity;
  private final SharedNumbers shared;
  private final ServerSocketChannel listener;
  private @Nullable OutputStream out;

  /**
   * Listens for brokers.
   *
   * @param folder for the socket and the shared file
   * @param changedSecurity dynamic security's file, if it has changed since this was last called
   * @throws IOException if the folder cannot be written
   */
  public Link(Path folder, Handler handler, Supplier<Optional<byte[]>> changedSecurity)
      throws IOException {
    this.folder = Files.createDirectories(folder);
    this.handler = handler;
    this.changedSecurity = changedSecurity;
    Files.deleteIfExists(sharedFile());
    shared = new SharedNumbers(sharedFile());
    Files.deleteIfExists(socket());
    listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    listener.bind(UnixDomainSocketAddress.of(socket()));
    Thread.ofPlatform().name("link").daemon().start(this::accept);
  }

  public SharedNumbers shared() {
    return shared;
  }

  /** What a broker needs in its configuration, in front of everything else. */
  public String configuration(String plugin, String node) {
    return """
        plugin %s
        plugin_opt_socket %s
        plugin_opt_shared %s
        plugin_opt_node %s
        """
        .formatted(plugin, socket(), sharedFile(), node);
  }

  /**
   * Lets the waiting broker start.
   *
   * @param number of its first event
   * @param restore the state: restore frames without their lengths, in order
   * @throws IOException if the broker is gone
   */
  public void promote(long epoch, long number, List<byte[]> restore) throws IOException {
    var stream = out;
    if (stream == null) {
      throw new IOException("there is no broker to promote");
    }
    stream.write(
        Frame.of(
                FrameType.PROMOTE, "epoch", epoch, "number", number, "node_id", epoch & 1023)
            .encode());
    for (var record : restore) {
      stream.write(record.length >>> 24);
      stream.write(record.length >>> 16);
      stream.write(record.length >>> 8);
      stream.write(record.length);
      stream.write(record);
    }
    stream.write(Frame.of(FrameType.RESTORE_END).encode());
    stream.flush();
  }

  /** Sends a command; false if there is no broker. */
  public boolean command(Frame command) {
    var stream = out;
    if (stream == null) {
      return false;
    }
    try {
      synchronized (stream) {
        stream.write(command.encode());
        stream.flush();
      }
      return true;
    } catch (IOException e) {
      return false; // The reader finds out, too.
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    Files.deleteIfExists(socket());
  }

  private Path socket() {
    return folder.resolve("agent.sock");
  }

  private Path sharedFile() {
    return folder.resolve("shared");
  }

  private void accept() {
    while (listener.isOpen()) {
      try (var channel = listener.accept()) {
        try {
          serve(channel);
        } catch (IOException e) {
          LOG.log(Level.DEBUG, "the broker's socket ended", e);
        } catch (BadFrameException e) {
          LOG.log(Level.ERROR, "the broker's plugin does not speak our protocol", e);
        } finally {
          out = null;
          handler.gone();
        }
      } catch (IOException e) {
        if (listener.isOpen()) {
          LOG.log(Level.ERROR, "cannot accept the broker", e);
        }
      }
    }
  }

  private void serve(SocketChannel channel) throws IOException {
    var in = ByteBuffer.allocate(CHUNK);
    var turns = new Turns();
    out = new BufferedOutputStream(Channels.newOutputStream(channel), 64 << 10);
    while (channel.read(in) >= 0) {
      in.flip();
      while (in.remaining() >= 4) {
        var length = in.getInt(in.position());
        if (length < 1 || length > Frame.LENGTH_MAX) {
          throw new BadFrameException("a frame has the length " + length);
        }
        if (in.remaining() - 4 < length) {
          if (in.capacity() < length + 4) {
            in = ByteBuffer.allocate(length + 4 + CHUNK).put(in).flip();
          }
          break;
        }
        take(in.slice(in.position() + 4, length), turns, in.array(), in.position());
        in.position(in.position() + 4 + length);
      }
      in.compact();
      if (in.position() == 0 && in.capacity() > CHUNK) {
        in = ByteBuffer.allocate(CHUNK);
      }
      turns.handOver();
    }
  }

  private void take(ByteBuffer frame, Turns turns, byte[] array, int at) throws IOException {
    var code = frame.get(0) & 0xFF;
    if (FrameType.isEvent(code)) {
      turns.event(code, frame.getLong(1), array, at, frame.limit() + 4);
      return;
    }
    if (code >= 0x40 && code <= 0x7F) {
      return; // Of a newer plugin, and of no consequence.
    }
    turns.handOver();
    var told = Frame.decode(frame);
    switch (told.type()) {
      case HELLO -> {
        if (told.number("magic") != MAGIC || told.number("major") != MAJOR) {
          throw new BadFrameException(
              "the plugin speaks version "
                  + told.number("major")
                  + " of the protocol, this agent "
                  + MAJOR);
        }
        command(
            Frame.of(
                FrameType.WELCOME,
                "magic", MAGIC,
                "major", MAJOR,
                "minor", 0,
                "frame_max", Frame.LENGTH_MAX));
        handler.standby(told.number("features"));
      }
      case RESTORED -> handler.restored(told.number("failed"));
      case SERVING -> handler.serving();
      case RESULT -> handler.result(told.number("token"), told.number("reason"));
      case FATAL ->
          LOG.log(Level.ERROR, "the plugin ends the broker: {0}", told.text("message").orElse(""));
      case TICK -> {}
      default -> throw new BadFrameException("a plugin does not send " + told.type());
    }
  }

  /** Collects events until the mark that makes them count. */
  private final class Turns {
    private final ByteArrayOutputStream events = new ByteArrayOutputStream(4096);
    private int marked; // bytes of whole turns
    private long markedNumber;
    private boolean controlled;

    void event(int code, long number, byte[] array, int at, int length) {
      if (code == FrameType.MARK.code()) {
        if (controlled) {
          controlled = false;
          changedSecurity
              .get()
              .ifPresent(
                  file ->
                      events.writeBytes(Frame.of(FrameType.SECURITY, "file", file).encode()));
        }
        marked = events.size();
        markedNumber = number;
        return;
      }
      controlled |= code == FrameType.CONTROL.code();
      events.write(array, at, length);
    }

    void handOver() {
      if (markedNumber == 0) {
        return;
      }
      var all = events.toByteArray();
      var whole = marked == all.length ? all : Arrays.copyOf(all, marked);
      events.reset();
      events.write(all, marked, all.length - marked);
      handler.turns(whole, markedNumber);
      marked = 0;
      markedNumber = 0;
    }
  }
}
