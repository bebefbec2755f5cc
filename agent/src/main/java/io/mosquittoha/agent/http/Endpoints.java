package io.mosquittoha.agent.http;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.mosquittoha.agent.Agent;
import io.mosquittoha.agent.peer.PeerNetwork;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** The agent's HTTP port. */
public final class Endpoints implements AutoCloseable {

  private static final Logger LOG = System.getLogger(Endpoints.class.getName());
  private static final int BACKLOG = 256;

  static {
    // The server's own settings; there is no other way to give them to it.
    setting("sun.net.httpserver.nodelay", "true");
    setting("sun.net.httpserver.maxReqTime", "10"); // seconds to send a request in
    setting("jdk.httpserver.maxConnections", "2000");
  }

  /**
   * How long things may take.
   *
   * @param heartbeat between two signs of life on a stream of events
   * @param list for a long list to be made and read
   */
  record Times(Duration heartbeat, Duration list) {}

  private final HttpServer server;
  private final ExecutorService requests = Executors.newVirtualThreadPerTaskExecutor();
  private final Api api;

  /**
   * Binds the port and answers.
   *
   * @throws UncheckedIOException if the port cannot be had
   */
  public Endpoints(Agent agent, Optional<PeerNetwork> peers) {
    this(Supervisor.of(agent, peers));
  }

  Endpoints(Supervisor agent) {
    this(agent, new Times(Duration.ofSeconds(10), Duration.ofSeconds(20)));
  }

  Endpoints(Supervisor agent, Times times) {
    var port = agent.settings().httpPort();
    try {
      server = HttpServer.create(new InetSocketAddress(port), BACKLOG);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "HTTP requests cannot be answered on port %d: %s".formatted(port, e.getMessage()), e);
    }
    api = new Api(agent, times);
    server.setExecutor(requests);
    server.createContext("/", this::answer);
    server.start();
  }

  private static void setting(String name, String value) {
    if (System.getProperty(name) == null) {
      System.setProperty(name, value);
    }
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return server.getAddress();
  }

  @Override
  public void close() {
    api.close();
    server.stop(0);
    requests.shutdownNow();
  }

  private void answer(HttpExchange exchange) {
    try (exchange) {
      var answer = new Answer(exchange);
      try {
        api.handle(exchange, answer);
      } catch (Problem problem) {
        answer.problem(problem);
      } catch (RuntimeException e) {
        LOG.log(Level.ERROR, "a request could not be answered: " + exchange.getRequestURI(), e);
        answer.problem(new Problem(500, "The agent's log says more."));
      }
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "whoever asked is gone: {0}", e.toString());
    }
  }
}
