package io.mosquittoha.agent.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class EventStreamsTest {

  private static final Duration SOON = Duration.ofSeconds(10);

  @TempDir private Path folder;
  private StubSupervisor agent;
  private Endpoints endpoints;

  @BeforeEach
  void start() {
    agent = new StubSupervisor(folder);
    endpoints = new Endpoints(agent, new Endpoints.Times(Duration.ofMillis(200), SOON));
  }

  @AfterEach
  void stop() {
    endpoints.close();
  }

  /** A connection on which events are read as lines; of HTTP 1.0, where nothing is in chunks. */
  private final class Listener implements AutoCloseable {

    private final Socket socket = new Socket();
    private final BufferedReader in;

    Listener(String query, String... headers) throws IOException {
      socket.setReceiveBufferSize(4_096);
      socket.connect(endpoints.address());
      socket.setSoTimeout(10_000);
      var request =
          "GET /api/v1/events"
              + query
              + " HTTP/1.0\r\nHost: x\r\nAccept: text/event-stream\r\n"
              + String.join("", headers)
              + "\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
    }

    /** The first line that begins so. */
    String next(String beginning) throws IOException {
      for (var line = in.readLine(); line != null; line = in.readLine()) {
        if (line.startsWith(beginning)) {
          return line;
        }
      }
      throw new IOException("the stream has ended");
    }

    String kind() throws IOException {
      return next("data: ").replaceFirst(".*\"kind\":\"(\\w+)\".*", "$1");
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  private void occur(String second, String kind) {
    agent.apply(EndpointsTest.occurred("2026-11-25T12:00:" + second + "Z", kind));
  }

  @Test
  void stream_whenSomebodyListens_thenTheKnownOnesComeFirstAndThenWhatHappens() throws IOException {
    occur("01", "formed");
    try (var listener = new Listener("")) {
      assertThat(listener.next("HTTP/1.1 ")).isEqualTo("HTTP/1.1 200 OK");
      assertThat(listener.next("Content-type: ")).isEqualTo("Content-type: text/event-stream");
      assertThat(listener.next("id: ")).isEqualTo("id: 2026-11-25T12:00:01Z");
      assertThat(listener.kind()).isEqualTo("formed");
      occur("02", "failover");
      assertThat(listener.next("id: ")).isEqualTo("id: 2026-11-25T12:00:02Z");
      assertThat(listener.kind()).isEqualTo("failover");
      assertThat(listener.next("")).as("what ends an event").isEmpty();
    }
  }

  @Test
  void stream_whenMuchHappensWhileSomebodyComes_thenEachIsToldOnce() throws Exception {
    var told =
        Thread.ofVirtual()
            .start(() -> {
              for (var i = 0; i < 150; i++) {
                agent.apply(
                    EndpointsTest.occurred("2026-11-25T12:00:00.%03dZ".formatted(i + 1), "joined"));
              }
            });
    try (var listener = new Listener("")) {
      var ids = new ArrayList<String>();
      while (ids.size() < 150) {
        ids.add(listener.next("id: "));
      }
      assertThat(ids).doesNotHaveDuplicates().isSorted();
    }
    told.join();
  }

  @Test
  void stream_whenNothingHappens_thenThereIsASignOfLife() throws IOException {
    try (var listener = new Listener("")) {
      assertThat(listener.next(":")).isEqualTo(":");
      assertThat(listener.next(":")).isEqualTo(":");
    }
  }

  @Test
  void stream_whenTheListenerKnowsTheFirstOnes_thenTheseAreLeftOut() throws IOException {
    occur("01", "formed");
    occur("02", "failover");
    occur("03", "handover");
    try (var since = new Listener("?since=2026-11-25T12:00:02Z");
        var again = new Listener("", "Last-Event-ID: 2026-11-25T12:00:01Z\r\n")) {
      assertThat(since.kind()).isEqualTo("handover");
      assertThat(again.kind()).isEqualTo("failover");
    }
  }

  @Test
  void stream_whenTheListenerGoes_thenItIsForgotten() throws IOException {
    var before = agent.listeners();
    try (var listener = new Listener("")) {
      listener.next(":");
      assertThat(agent.listeners()).isEqualTo(before + 1);
    }
    await().atMost(SOON).until(() -> agent.listeners() == before);
  }

  @Test
  void stream_whenTheListenerReadsNothing_thenItIsDroppedAndNobodyWaits() throws IOException {
    var before = agent.listeners();
    try (var slow = new Listener("")) {
      slow.next("HTTP/1.1 ");
      await().atMost(SOON).until(() -> agent.listeners() == before + 1);
      var padding = "x".repeat(60_000);
      var began = System.nanoTime();
      for (var i = 0; i < 600 && agent.listeners() > before; i++) {
        agent.apply(EndpointsTest.occurred("2026-11-25T12:00:00Z", padding));
      }
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(SOON);
      await().atMost(SOON).until(() -> agent.listeners() == before);
    }
  }

  @Test
  void stream_whenTooManyListen_thenOneMoreIsRefused() throws IOException {
    var listeners = new ArrayList<Listener>();
    try {
      for (var i = 0; i < 64; i++) {
        listeners.add(new Listener(""));
        listeners.getLast().next("retry: ");
      }
      try (var tooMany = new Listener("")) {
        assertThat(tooMany.next("HTTP/1.1 ")).startsWith("HTTP/1.1 503 ");
      }
    } finally {
      for (var listener : List.copyOf(listeners)) {
        listener.close();
      }
    }
  }

  @Test
  void close_whenSomebodyListens_thenTheStreamEnds() throws IOException {
    try (var listener = new Listener("")) {
      listener.next("retry: ");
      endpoints.close();
      assertThat(org.assertj.core.api.Assertions.catchThrowable(() -> listener.next("never")))
          .isInstanceOf(IOException.class)
          .isNotInstanceOf(java.net.SocketTimeoutException.class);
    }
  }
}
