package io.mosquittoha.management.brokers;

import java.util.List;

/**
 * What is known of a broker, ready to be shown.
 *
 * @param serves whether it serves clients now
 * @param version its software's; "" while it does not tell
 * @param trouble why there are no figures; "" if there are
 */
public record Sheet(boolean serves, String version, String trouble, List<Group> groups) {

  static Sheet without(String trouble) {
    return new Sheet(false, "", trouble, List.of());
  }

  /** Figures that belong together. */
  public record Group(String title, List<Value> values) {}

  /**
   * One figure.
   *
   * @param note what it is, or what stands behind it; or ""
   */
  public record Value(String label, String value, String unit, String note) {}
}
