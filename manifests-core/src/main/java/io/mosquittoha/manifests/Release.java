package io.mosquittoha.manifests;

/** Under which name, and where, a chart is installed. */
public record Release(String name, String namespace) {

  /** Longer names are refused by Helm. */
  private static final int LONGEST = 53;

  public Release {
    if (!name.matches("[a-z0-9]([-a-z0-9]*[a-z0-9])?") || name.length() > LONGEST) {
      throw new IllegalArgumentException(
          "a release cannot be called \""
              + name
              + "\": use at most "
              + LONGEST
              + " lower-case letters, digits and inner hyphens");
    }
  }

  /** The name that the documentation uses. */
  public static Release named(String name) {
    return new Release(name, "mqtt");
  }
}
