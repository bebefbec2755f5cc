package io.mosquittoha.testbed;

/**
 * How a command on a node ended.
 *
 * @param exitCode its exit status
 * @param stdout what it printed
 * @param stderr what it complained about
 */
public record CommandResult(int exitCode, String stdout, String stderr) {

  /** Its output, if it succeeded. */
  public String orThrow() {
    if (exitCode != 0) {
      throw new IllegalStateException(
          "The command ended with status %d: %s%s".formatted(exitCode, stderr, stdout));
    }
    return stdout;
  }
}
