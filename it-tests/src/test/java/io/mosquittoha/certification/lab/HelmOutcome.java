package io.mosquittoha.certification.lab;

import java.time.Duration;
import java.util.List;

/** How one run of Helm ended. */
public record HelmOutcome(List<String> command, int status, String output, Duration took) {

  public boolean succeeded() {
    return status == 0;
  }

  /**
   * @return what it printed
   * @throws AssertionError if Helm's exit status says that it failed
   */
  public String orThrow() {
    if (!succeeded()) {
      throw new AssertionError(
          "%s ended with status %d:%n%s".formatted(String.join(" ", command), status, output));
    }
    return output;
  }
}
