package io.mosquittoha.certification.lab;

/** How a pod that runs one command ended. */
public record PodRun(int exitCode, String output) {

  /** Its output, if it succeeded. */
  public String orThrow() {
    if (exitCode != 0) {
      throw new AssertionError("the pod's command ended with status " + exitCode + ": " + output);
    }
    return output;
  }
}
