package io.mosquittoha.management;

import java.nio.file.Path;

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
      Settings.read(Path.of(arguments[0]));
    } catch (Settings.WrongException e) {
      System.err.println("management-center: " + e.getMessage());
      System.exit(1);
    }
  }
}
