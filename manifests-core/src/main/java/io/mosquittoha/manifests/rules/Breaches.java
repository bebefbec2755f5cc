package io.mosquittoha.manifests.rules;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.mosquittoha.manifests.Rendering;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;

/** Collects the places where a rule does not hold. */
final class Breaches {

  private final List<String> found = new ArrayList<>();

  /** A rule that looks at each workload for itself. */
  static Function<Rendering, List<String>> perWorkload(BiConsumer<Workload, Breaches> check) {
    return rendering -> {
      var breaches = new Breaches();
      Workload.of(rendering).forEach(workload -> check.accept(workload, breaches));
      return breaches.found();
    };
  }

  /** A rule that looks at each object of a type for itself. */
  static <T extends HasMetadata> Function<Rendering, List<String>> perObject(
      Class<T> type, BiConsumer<T, Breaches> check) {
    return rendering -> {
      var breaches = new Breaches();
      rendering.all(type).forEach(object -> check.accept(object, breaches));
      return breaches.found();
    };
  }

  /** A rule that looks at everything together. */
  static Function<Rendering, List<String>> overall(BiConsumer<Rendering, Breaches> check) {
    return rendering -> {
      var breaches = new Breaches();
      check.accept(rendering, breaches);
      return breaches.found();
    };
  }

  void add(HasMetadata object, String problem) {
    found.add(Rendering.describe(object) + ": " + problem);
  }

  void addIf(boolean broken, HasMetadata object, String problem) {
    if (broken) {
      add(object, problem);
    }
  }

  List<String> found() {
    return List.copyOf(found);
  }
}
