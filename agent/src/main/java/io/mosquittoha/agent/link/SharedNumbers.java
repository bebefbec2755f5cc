package io.mosquittoha.agent.link;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The file that plugin and agent map: the number of the last event, and what the agent forbids. */
public final class SharedNumbers {

  private static final int SIZE = 4096;
  private static final int EMITTED = 64;
  private static final int FLAGS = 128;
  private static final VarHandle LONGS =
      MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());
  private static final VarHandle INTS =
      MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());

  private final MappedByteBuffer file;

  SharedNumbers(Path path) {
    try (var channel =
        FileChannel.open(
            path,
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE)) {
      file = channel.map(FileChannel.MapMode.READ_WRITE, 0, SIZE);
      file.order(ByteOrder.nativeOrder());
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot map " + path + ", which broker and agent share: is its folder writable?", e);
    }
  }

  /** The number of the last event that was handed over; acquire: it covers all that was seen before. */
  public long emitted() {
    return (long) LONGS.getAcquire(file, EMITTED);
  }

  /** Whether the broker refuses what would have to be kept. */
  public void refuseNewState(boolean refuse) {
    INTS.setRelease(file, FLAGS, refuse ? 1 : 0);
  }
}
