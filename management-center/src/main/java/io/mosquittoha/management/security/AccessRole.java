package io.mosquittoha.management.security;

import java.util.Comparator;
import java.util.List;

/**
 * Rules under a name.
 *
 * @param wildcards whether those who have it may subscribe with {@code +} and {@code #}; without, a
 *     filter with one is refused as soon as this role is asked
 * @param acls in the order in which they are asked: by type, then by priority
 */
public record AccessRole(
    String name, String textName, String textDescription, boolean wildcards, List<Acl> acls) {

  public AccessRole {
    // Stable: among equals the one that was added first stays first, as in the broker.
    acls =
        acls.stream()
            .sorted(
                Comparator.comparing(Acl::type)
                    .thenComparing(Comparator.comparingInt(Acl::priority).reversed()))
            .toList();
  }

  List<Acl> acls(AclType type) {
    return acls.stream().filter(acl -> acl.type() == type).toList();
  }
}
