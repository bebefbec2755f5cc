package io.mosquittoha.manifests.values;

/** The lines of {@code mosquitto.conf} where the broker itself writes its state to the volume. */
public record SavedSettings(
    @Inline MosquittoSettings settings,
    @Value(
            value =
                "Seconds between two writes of the database to the volume: what a broker that"
                    + " crashes may forget",
            minimum = 1,
            maximum = 86400)
        int autosaveInterval) {

  static SavedSettings defaults() {
    return new SavedSettings(MosquittoSettings.defaults(), 30);
  }
}
