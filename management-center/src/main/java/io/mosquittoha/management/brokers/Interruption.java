package io.mosquittoha.management.brokers;

import io.mosquittoha.management.Settings.Variant;
import io.mosquittoha.management.cluster.Sight;
import io.mosquittoha.management.cluster.Sight.Load;
import io.mosquittoha.management.cluster.Sight.Member;
import io.mosquittoha.management.cluster.Sight.Role;
import io.mosquittoha.management.web.Figures;

/**
 * What the end of a broker's pod interrupts.
 *
 * @param clients who is disconnected, in one sentence
 * @param cluster what it means for the others, in one or two sentences
 * @param stops whether service stops until it is back
 */
public record Interruption(String clients, String cluster, boolean stops) {

  static Interruption of(Variant variant, Sight sight, Member member) {
    if (variant == Variant.AUTOSCALING) {
      return new Interruption(
          "The clients of %s are disconnected; HAProxy sends them to the other brokers."
              .formatted(member.name()),
          sight.losses() == 0 ? "It is the only one: service stops until it is back." : "",
          sight.losses() == 0);
    }
    if (variant == Variant.SINGLE) {
      return new Interruption(
          "%s disconnected, and cannot connect until it is back.".formatted(connected(sight)),
          "Sessions, queues and retained messages stay on its volume.",
          true);
    }
    if (member.inSync() && sight.losses() == 0) {
      return new Interruption(
          "%s disconnected, and cannot connect until it is back.".formatted(connected(sight)),
          "Without %s too few brokers would be in sync: service stops until it is back."
              .formatted(member.name()),
          true);
    }
    var after =
        !member.inSync()
            ? "It is not in sync, so nothing gets less safe."
            : sight.losses() == 1
                ? "Until it is in sync again, the loss of one more broker stops service."
                : "Until it is in sync again, the cluster survives one loss less.";
    return member.role() == Role.LEADER
        ? new Interruption(
            ("%s leads, so another broker takes over first. %s disconnected and can connect again"
                    + " at once; nothing acknowledged is lost.")
                .formatted(member.name(), connected(sight)),
            after,
            false)
        : new Interruption(
            "%s does not lead: no client notices, unless it came in through this broker."
                .formatted(member.name()),
            after,
            false);
  }

  private static String connected(Sight sight) {
    var count = sight.load().map(Load::connected).orElse(-1);
    return count < 0
        ? "All clients are"
        : count == 1 ? "One client is" : Figures.count(count) + " clients are";
  }
}
