package io.mosquittoha.management.web;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.javalin.http.Context;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** A stream whose events wait in a queue, for the thread of its request to write them. */
final class QueuedStream implements EventStream {

  private static final int CAPACITY = 512;
  private static final int HEARTBEAT_SECONDS = 15;
  private static final String END = "";

  private final ObjectMapper json;
  private final BlockingQueue<String> queue = new ArrayBlockingQueue<>(CAPACITY);
  private final List<Runnable> actions = new ArrayList<>();
  private volatile boolean closed;
  private boolean told;

  QueuedStream(ObjectMapper json) {
    this.json = json;
  }

  @Override
  public void send(String name, Object data) {
    if (closed) {
      return;
    }
    // One that doesn't keep up is closed; its page connects again and asks for all that it shows.
    if (!queue.offer(event(name, data))) {
      close();
    }
  }

  private String event(String name, Object data) {
    try {
      var text = data instanceof String string ? string : json.writeValueAsString(data);
      var event =
          new StringBuilder("event: ").append(name.replaceAll("[\\r\\n]", " ")).append('\n');
      text.lines().forEach(line -> event.append("data: ").append(line).append('\n'));
      if (text.isEmpty()) {
        event.append("data:\n");
      }
      return event.append('\n').toString();
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  @Override
  public void onClose(Runnable action) {
    synchronized (actions) {
      if (!told) {
        actions.add(action);
        return;
      }
    }
    action.run();
  }

  @Override
  public void close() {
    closed = true;
    // If it is full, the writer finds out that it is closed after the next event.
    if (!queue.offer(END)) {
      queue.clear();
    }
    // Its thread may be held up by the reader for long yet.
    tell();
  }

  /**
   * Writes until the other side is gone, or nobody may listen any more.
   *
   * @param allowed is asked with each heartbeat
   */
  void run(Context context, BooleanSupplier allowed) throws IOException {
    context.disableCompression();
    context.contentType("text/event-stream; charset=utf-8");
    context.header("Cache-Control", "no-store");
    // Proxies of nginx's kind hold streams back otherwise.
    context.header("X-Accel-Buffering", "no");
    var out = context.outputStream();
    try {
      out.write("retry: 1000\n\n".getBytes(StandardCharsets.UTF_8));
      context.res().flushBuffer();
      while (!closed) {
        var event = queue.poll(HEARTBEAT_SECONDS, TimeUnit.SECONDS);
        if (event == null) {
          if (!allowed.getAsBoolean()) {
            return;
          }
          event = ":\n\n";
        }
        out.write(event.getBytes(StandardCharsets.UTF_8));
        if (queue.isEmpty()) {
          context.res().flushBuffer();
        }
      }
    } catch (IOException e) {
      // The browser left: the usual end of a stream.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      ended();
    }
  }

  void ended() {
    closed = true;
    tell();
  }

  private void tell() {
    List<Runnable> last;
    synchronized (actions) {
      told = true;
      last = List.copyOf(actions);
      actions.clear();
    }
    last.forEach(Runnable::run);
  }
}
