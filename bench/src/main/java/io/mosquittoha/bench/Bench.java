package io.mosquittoha.bench;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The programme. */
@Command(
    name = "bench/run",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description = "Measures MQTT brokers: any, wherever they are.",
    subcommands = {
      ThroughputCommand.class,
      FailoverCommand.class,
      ConnectionsCommand.class,
      CompareCommand.class
    })
public final class Bench {
  private Bench() {}

  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  static CommandLine commandLine() {
    var commands = new CommandLine(new Bench());
    commands
        .registerConverter(Duration.class, new Seconds())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setUsageHelpAutoWidth(true)
        .setOut(new PrintWriter(System.out, true, StandardCharsets.UTF_8))
        .setExecutionExceptionHandler((failure, commandLine, parsed) -> {
          if (System.getenv("BENCH_DEBUG") != null) {
            failure.printStackTrace(commandLine.getErr());
          }
          commandLine
              .getErr()
              .println("bench: " + (failure.getMessage() == null ? failure : failure.getMessage()));
          return 2;
        });
    commands
        .getSubcommands()
        .values()
        .forEach(command -> command.getCommandSpec().mixinStandardHelpOptions(true));
    return commands;
  }
}
