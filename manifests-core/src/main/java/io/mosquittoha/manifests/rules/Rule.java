package io.mosquittoha.manifests.rules;

import io.mosquittoha.manifests.Rendering;
import java.util.List;
import java.util.function.Function;

/**
 * Something that holds for every rendering.
 *
 * @param name the rule, as a sentence
 * @param why what would happen without it
 * @param breaches finds every place where it does not hold, as {@code Kind/name: what is wrong}
 */
public record Rule(String name, String why, Function<Rendering, List<String>> breaches) {

  /** Every place in the rendering where the rule does not hold. */
  public List<String> breachesIn(Rendering rendering) {
    return breaches.apply(rendering);
  }

  @Override
  public String toString() {
    return name;
  }
}
