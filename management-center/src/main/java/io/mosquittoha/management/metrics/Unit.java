package io.mosquittoha.management.metrics;

/** What a figure is counted in. */
public enum Unit {
  /** Events in a second. */
  PER_SECOND("perSecond"),
  BYTES_PER_SECOND("bytesPerSecond"),
  BYTES("bytes"),
  /** So many of something. */
  COUNT("count"),
  SECONDS("seconds"),
  /** Processors that were busy: 1 is one whole one. */
  CORES("cores");

  private final String id;

  Unit(String id) {
    this.id = id;
  }

  /** Its name in the REST interface. */
  public String id() {
    return id;
  }
}
