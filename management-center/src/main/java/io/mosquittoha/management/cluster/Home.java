package io.mosquittoha.management.cluster;

import io.mosquittoha.management.Settings;
import io.mosquittoha.management.Settings.Variant;

/**
 * What the page Cluster shows.
 *
 * @param headline what matters most, in a few words
 * @param tone how it stands: {@code good}, {@code warning}, {@code bad} or {@code unknown}
 */
public record Home(Variant variant, Sight sight, String headline, String tone) {

  static Home of(Settings settings, Sight sight) {
    return new Home(settings.variant(), sight, headline(settings, sight), tone(sight));
  }

  private static String headline(Settings settings, Sight sight) {
    if (!sight.reachable()) {
      return settings.variant() == Variant.AUTOSCALING
          ? "No broker answers"
          : "No agent answers: nothing is known";
    }
    if (!sight.serving()) {
      return sight.leader().isEmpty() && settings.variant() == Variant.HA
          ? "Nobody leads: clients wait"
          : "No service: clients wait";
    }
    return switch (sight.losses()) {
      case -1 -> "Clients are served";
      case 0 ->
          sight.members().size() == 1
              ? "The only broker serves: while it is away, there is no service"
              : "One more loss stops service";
      case 1 -> "One more loss is survived";
      default -> "%d more losses are survived".formatted(sight.losses());
    };
  }

  private static String tone(Sight sight) {
    if (!sight.reachable()) {
      return "unknown";
    }
    if (!sight.serving()
        || sight.issues().stream().anyMatch(it -> it.severity() == Sight.Severity.CRITICAL)) {
      return "bad";
    }
    return sight.losses() == 0 && sight.members().size() > 1
            || sight.issues().stream().anyMatch(it -> it.severity() == Sight.Severity.WARNING)
        ? "warning"
        : "good";
  }
}
