package io.mosquittoha.testbed.quickstart;

import java.nio.file.Path;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The command line of {@code ./quickstart}. Exit status: 0 done, 1 failed (with the reason and the
 * fix on standard error), 2 unusable arguments, 3 nothing runs.
 */
@Command(name = "quickstart", description = "Mosquitto HA on a real Kubernetes, on this machine.")
public final class Quickstart {

  private final Trial trial = new Trial(Path.of(".quickstart").toAbsolutePath());

  private Quickstart() {}

  public static void main(String[] args) {
    var line =
        new CommandLine(new Quickstart())
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setExecutionExceptionHandler((failure, command, parsed) -> {
              System.err.println("quickstart: " + failure.getMessage());
              if (System.getenv("QUICKSTART_DEBUG") != null) {
                failure.printStackTrace();
              }
              return 1;
            });
    System.exit(line.execute(args));
  }

  @Command(description = "Provide everything, install the variant and prove that it serves.")
  int up(
      @Option(names = "--variant", description = "ha, single or autoscaling", defaultValue = "ha")
          InstalledVariant variant)
      throws Exception {
    trial.up(variant);
    return 0;
  }

  @Command(description = "What runs, and where.")
  int status(@Option(names = "--json") boolean json) {
    return trial.status(json);
  }

  @Command(description = "Remove everything that up started.")
  int down() throws Exception {
    trial.down();
    return 0;
  }
}
