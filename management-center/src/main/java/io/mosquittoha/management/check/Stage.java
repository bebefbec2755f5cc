package io.mosquittoha.management.check;

/**
 * What one stage of a connection came to.
 *
 * @param what was found, in a sentence
 * @param fix what to do, in a sentence; "" if nothing is to be done
 */
public record Stage(Name name, Outcome outcome, String what, String fix) {

  /** The stages, in order. */
  public enum Name {
    DNS,
    TCP,
    TLS,
    CONNACK,
    ACL
  }

  /** How it went. */
  public enum Outcome {
    OK,
    WARNING,
    FAILED,
    SKIPPED
  }

  static Stage ok(Name name, String what) {
    return new Stage(name, Outcome.OK, what, "");
  }

  static Stage warning(Name name, String what, String fix) {
    return new Stage(name, Outcome.WARNING, what, fix);
  }

  static Stage failed(Name name, String what, String fix) {
    return new Stage(name, Outcome.FAILED, what, fix);
  }

  static Stage skipped(Name name, String what) {
    return new Stage(name, Outcome.SKIPPED, what, "");
  }

  /** For templates: a badge's kind. */
  public String badge() {
    return switch (outcome) {
      case OK -> "ok";
      case WARNING -> "warn";
      case FAILED -> "bad";
      case SKIPPED -> "idle";
    };
  }
}
