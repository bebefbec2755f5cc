package io.mosquittoha.manifests.values;

import java.util.List;

/** The volume of each broker. */
public record Persistence(
    @Value("Give each broker a volume; without one, a restarted broker has forgotten everything")
        boolean enabled,
    @Value(value = "Size of each broker's volume", pattern = Patterns.STORAGE, example = "10Gi")
        String size,
    @Value(
            value =
                "Storage class of the volumes; empty: the cluster's default, `-`: none at all"
                    + " (volumes made by hand)",
            pattern = "^(-|[a-z0-9]([-a-z0-9.]*[a-z0-9])?)?$",
            example = "fast-ssd")
        String storageClass,
    @Value(value = "Access modes of the volumes", minimumItems = 1) List<AccessMode> accessModes,
    @Value("What happens to volumes that are no longer used") Retention retention) {

  public Persistence {
    accessModes = Frozen.list(accessModes);
  }

  /** How a volume may be mounted. */
  public enum AccessMode implements Choice {
    READ_WRITE_ONCE("ReadWriteOnce"),
    READ_WRITE_ONCE_POD("ReadWriteOncePod"),
    READ_WRITE_MANY("ReadWriteMany");

    private final String word;

    AccessMode(String word) {
      this.word = word;
    }

    @Override
    public String word() {
      return word;
    }
  }

  /** When volumes go. */
  public record Retention(
      @Value("When the release is uninstalled") Policy whenDeleted,
      @Value("When the number of brokers goes down") Policy whenScaled) {}

  /** What becomes of a volume. */
  public enum Policy implements Choice {
    RETAIN("Retain"),
    DELETE("Delete");

    private final String word;

    Policy(String word) {
      this.word = word;
    }

    @Override
    public String word() {
      return word;
    }
  }

  static Persistence defaults() {
    return new Persistence(
        true,
        "1Gi",
        "",
        List.of(AccessMode.READ_WRITE_ONCE),
        new Retention(Policy.RETAIN, Policy.RETAIN));
  }
}
