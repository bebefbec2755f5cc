package io.mosquittoha.management.kubernetes;

/**
 * How many brokers there are.
 *
 * @param wanted how many there should be
 * @param ready how many Kubernetes counts as ready
 * @param least how few there may be
 * @param most how many there may be
 * @param fixed why nobody can change it here, and what to do instead; "" if one can
 */
public record Size(int wanted, int ready, int least, int most, String fixed) {

  public boolean changeable() {
    return fixed.isEmpty();
  }
}
