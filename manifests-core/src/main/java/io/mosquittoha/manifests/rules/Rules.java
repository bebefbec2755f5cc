package io.mosquittoha.manifests.rules;

import java.util.List;
import java.util.stream.Stream;

/** All rules. */
public final class Rules {

  /** What holds everywhere. */
  public static final List<Rule> ALL =
      Stream.of(
              TypeRules.ALL,
              NameRules.ALL,
              LabelRules.ALL,
              PodRules.ALL,
              SecurityRules.ALL,
              ServiceRules.ALL,
              StorageRules.ALL,
              AvailabilityRules.ALL,
              ConfigRules.ALL,
              ReplicationRules.ALL,
              ManagementRules.ALL)
          .flatMap(List::stream)
          .toList();

  /** What holds besides where {@code openshift.enabled} is set. */
  public static final List<Rule> ON_OPENSHIFT = List.of(SecurityRules.NO_FIXED_IDS);

  private Rules() {}
}
