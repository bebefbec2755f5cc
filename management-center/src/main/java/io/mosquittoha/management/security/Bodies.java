package io.mosquittoha.management.security;

import io.mosquittoha.management.web.Problem;
import java.util.List;
import java.util.Optional;

/** What the REST interface takes, in the words of dynamic security. What is left out stays. */
final class Bodies {

  private Bodies() {}

  record RoleOf(String rolename, Optional<Integer> priority) {
    Assigned assigned() {
      return new Assigned(rolename, priority.orElse(Assigned.NONE));
    }
  }

  record GroupOf(String groupname, Optional<Integer> priority) {
    Assigned assigned() {
      return new Assigned(groupname, priority.orElse(Assigned.NONE));
    }
  }

  record MemberOf(String username, Optional<Integer> priority) {}

  record ClientBody(
      Optional<String> clientid,
      Optional<String> textname,
      Optional<String> textdescription,
      Optional<Boolean> disabled,
      Optional<List<RoleOf>> roles,
      Optional<List<GroupOf>> groups,
      Optional<String> password) {

    Account account(String name, Optional<Account> now) {
      return new Account(
          name,
          clientid.or(() -> now.map(Account::clientId)).orElse(""),
          textname.or(() -> now.map(Account::textName)).orElse(""),
          textdescription.or(() -> now.map(Account::textDescription)).orElse(""),
          disabled.or(() -> now.map(Account::disabled)).orElse(false),
          roles
              .map(all -> all.stream().map(RoleOf::assigned).toList())
              .or(() -> now.map(Account::roles))
              .orElse(List.of()),
          groups
              .map(all -> all.stream().map(GroupOf::assigned).toList())
              .or(() -> now.map(Account::groups))
              .orElse(List.of()));
    }
  }

  record PasswordBody(String password) {}

  record GroupBody(
      Optional<String> textname,
      Optional<String> textdescription,
      Optional<List<RoleOf>> roles,
      Optional<List<MemberOf>> clients) {

    Group group(String name, Optional<Group> now) {
      return new Group(
          name,
          textname.or(() -> now.map(Group::textName)).orElse(""),
          textdescription.or(() -> now.map(Group::textDescription)).orElse(""),
          roles
              .map(all -> all.stream().map(RoleOf::assigned).toList())
              .or(() -> now.map(Group::roles))
              .orElse(List.of()));
    }
  }

  record AclOf(String acltype, String topic, Optional<Integer> priority, boolean allow) {
    static AclOf of(Acl acl) {
      return new AclOf(acl.type().key(), acl.topic(), Optional.of(acl.priority()), acl.allow());
    }

    Acl acl() {
      return new Acl(
          AclType.of(acltype)
              .orElseThrow(
                  () -> new Problem(400, "There is no kind of rule '%s'.".formatted(acltype))),
          topic,
          priority.orElse(0),
          allow);
    }
  }

  record RoleBody(
      Optional<String> textname,
      Optional<String> textdescription,
      Optional<Boolean> allowwildcardsubs,
      Optional<List<AclOf>> acls) {

    AccessRole role(String name, Optional<AccessRole> now) {
      return new AccessRole(
          name,
          textname.or(() -> now.map(AccessRole::textName)).orElse(""),
          textdescription.or(() -> now.map(AccessRole::textDescription)).orElse(""),
          allowwildcardsubs.or(() -> now.map(AccessRole::wildcards)).orElse(true),
          acls.map(all -> all.stream().map(AclOf::acl).toList())
              .or(() -> now.map(AccessRole::acls))
              .orElse(List.of()));
    }
  }

  record DefaultsBody(
      boolean publishClientSend,
      boolean publishClientReceive,
      boolean subscribe,
      boolean unsubscribe) {

    static DefaultsBody of(Defaults defaults) {
      return new DefaultsBody(
          defaults.publishSend(),
          defaults.publishReceive(),
          defaults.subscribe(),
          defaults.unsubscribe());
    }
  }

  record AnonymousBody(String groupname) {}

  /**
   * The same for many.
   *
   * @param action enable, disable, delete, add-group, remove-group, add-role or remove-role
   * @param name of the group or role
   */
  record BulkBody(String action, List<String> names, String name, Optional<Integer> priority) {}
}
