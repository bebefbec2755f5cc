package io.mosquittoha.manifests.values;

/** Where an image comes from. */
public record Image(
    @Value(value = "Registry of the image", pattern = Patterns.REGISTRY, example = "ghcr.io")
        String registry,
    @Value(
            value = "Repository of the image",
            pattern = Patterns.REPOSITORY,
            example = "mosquitto-ha/broker")
        String repository,
    @Value(
            value = "Tag of the image; empty: the chart's appVersion",
            pattern = Patterns.TAG,
            example = "0.1.0")
        String tag,
    @Value(
            value = "Digest of the image; wins over the tag",
            pattern = Patterns.DIGEST,
            example = "sha256: and 64 hexadecimal digits")
        String digest,
    @Value("When the node pulls the image") PullPolicy pullPolicy) {

  /** When a node pulls an image. */
  public enum PullPolicy implements Choice {
    ALWAYS("Always"),
    IF_NOT_PRESENT("IfNotPresent"),
    NEVER("Never");

    private final String word;

    PullPolicy(String word) {
      this.word = word;
    }

    @Override
    public String word() {
      return word;
    }
  }

  static Image of(String repository) {
    return new Image("ghcr.io", repository, "", "", PullPolicy.IF_NOT_PRESENT);
  }
}
