package io.mosquittoha.management;

import io.mosquittoha.management.store.StoreException;
import io.mosquittoha.management.web.Problem;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;

/** Starts the management center: {@code Main FILE.properties}. */
public final class Main {

  private Main() {}

  /** Exit codes: 1 it cannot start, 2 it was called wrongly. */
  public static void main(String[] arguments) {
    if (arguments.length != 1) {
      System.err.println("management-center: give one file of properties");
      System.exit(2);
    }
    try {
      var center = Center.start(Settings.read(Path.of(arguments[0])));
      Runtime.getRuntime().addShutdownHook(new Thread(center::close));
      System.out.printf(
          "management-center: ready at %s after %d ms%n",
          center.server(), Duration.between(started(), Instant.now()).toMillis());
    } catch (Settings.WrongException | StoreException | Problem e) {
      System.err.println("management-center: " + e.getMessage());
      System.exit(1);
    } catch (RuntimeException e) {
      // Threads of rooms that were opened already would keep the process without a server.
      e.printStackTrace();
      System.exit(1);
    }
  }

  /** This application's version, or {@code development}. */
  static String version() {
    var version = Main.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }

  private static Instant started() {
    return ProcessHandle.current().info().startInstant().orElseGet(Instant::now);
  }
}
