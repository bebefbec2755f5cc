package io.mosquittoha.agent.link;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Mosquitto as a child of this process; its output goes to the container's log. */
public final class BrokerProcess {

  private static final Logger LOG = System.getLogger(BrokerProcess.class.getName());

  private final List<String> command;
  private final Consumer<Integer> ended;
  private @Nullable Process process;

  /**
   * A broker that does not run yet.
   *
   * @param ended told of the exit status whenever it has ended
   */
  public BrokerProcess(List<String> command, Consumer<Integer> ended) {
    this.command = List.copyOf(command);
    this.ended = ended;
  }

  /**
   * Starts it.
   *
   * @throws IOException if the program is not there
   */
  public synchronized void start() throws IOException {
    if (isAlive()) {
      return;
    }
    var started =
        new ProcessBuilder(command)
            .redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")))
            .redirectOutput(ProcessBuilder.Redirect.INHERIT)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    process = started;
    started
        .onExit()
        .thenAccept(
            over -> {
              LOG.log(Level.DEBUG, "the broker has ended with {0}", over.exitValue());
              ended.accept(over.exitValue());
            });
  }

  /** SIGKILL: the only end at which a broker publishes no wills. */
  public synchronized void kill() {
    if (process != null) {
      process.destroyForcibly();
    }
  }

  /** SIGHUP: certificates and such are read again. */
  public synchronized void reload() {
    if (process != null && process.isAlive()) {
      Signals.send(process.pid(), Signals.HANG_UP);
    }
  }

  public synchronized boolean isAlive() {
    return process != null && process.isAlive();
  }

  /** Its process id; 0 if it does not run. */
  public synchronized long pid() {
    return process != null && process.isAlive() ? process.pid() : 0;
  }
}
