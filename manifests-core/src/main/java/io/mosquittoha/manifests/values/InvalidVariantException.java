package io.mosquittoha.manifests.values;

import java.util.List;

/** A variant that cannot run. Each problem names the value as {@code values.yaml} does. */
public final class InvalidVariantException extends IllegalArgumentException {

  private static final long serialVersionUID = 1L;

  private final List<String> problems;

  public InvalidVariantException(List<String> problems) {
    super(String.join(System.lineSeparator(), problems));
    this.problems = List.copyOf(problems);
  }

  public InvalidVariantException(String path, String problem) {
    this(List.of(path + ": " + problem));
  }

  /** One line each, in the form {@code path: what is wrong and what to write instead}. */
  public List<String> problems() {
    return problems;
  }
}
