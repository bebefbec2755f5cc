package io.mosquittoha.management.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class AclDecisionTest {

  private static final Defaults STRICT = new Defaults(false, true, false, true);

  private static AccessRole role(String name, Acl... acls) {
    return new AccessRole(name, "", "", true, List.of(acls));
  }

  private static Acl send(String topic, int priority, boolean allow) {
    return new Acl(AclType.PUBLISH_SEND, topic, priority, allow);
  }

  private static Policy policy(Account account, List<Group> groups, AccessRole... roles) {
    return Policy.of(1, List.of(account), groups, List.of(roles), STRICT, "");
  }

  private static Account account(List<Assigned> roles, List<Assigned> groups) {
    return new Account("ada", "", "", "", false, roles, groups);
  }

  private static Decision publish(Policy policy, String topic) {
    return AclDecision.decide(policy, new Question("ada", "c1", Action.PUBLISH, topic));
  }

  @Test
  void decision_whenARuleOfAGroupsRoleDecides_thenSaysWhichAndByWhichWay() {
    var policy =
        policy(
            account(List.of(new Assigned("own")), List.of(new Assigned("crew", 7))),
            List.of(new Group("crew", "", "", List.of(new Assigned("shared", 3)))),
            role("own", send("other/#", 0, true)),
            role("shared", send("line/#", 0, true), send("line/+/secret", 5, false)));

    var decision = publish(policy, "line/1/secret");

    assertThat(decision.allowed()).isFalse();
    assertThat(decision.why())
        .isEqualTo(
            "Refused by the rule 'publish line/+/secret' (priority 5) in role 'shared' (priority 3)"
                + " of group 'crew' (priority 7).");
    assertThat(decision.asked()).extracting(Decision.Way::role).containsExactly("own");
  }

  @Test
  void decision_whenRolesHaveEqualPriority_thenTheFirstByNameIsAskedFirst() {
    var policy =
        policy(
            account(List.of(new Assigned("b"), new Assigned("a")), List.of()),
            List.of(),
            role("a", send("x", 0, true)),
            role("b", send("x", 9, false)));

    assertThat(publish(policy, "x").allowed()).isTrue();
  }

  @Test
  void decision_whenNoRuleCovers_thenIsTheDefaultButNeverForControl() {
    var policy =
        new Policy(
            1,
            policy(account(List.of(), List.of()), List.of()).accounts(),
            java.util.Map.of(),
            java.util.Map.of(),
            new Defaults(true, true, true, true),
            "");

    assertThat(publish(policy, "x").basis()).isEqualTo(Decision.Basis.DEFAULT);
    assertThat(publish(policy, "x").allowed()).isTrue();
    assertThat(publish(policy, "$CONTROL/broker/v1").allowed()).isFalse();
    assertThat(publish(policy, "$SYS/broker/version").basis()).isEqualTo(Decision.Basis.BROKER);
  }

  @Test
  void decision_whenARoleForbidsWildcards_thenALowerOneIsNotAskedAboutThem() {
    var strict =
        new AccessRole(
            "strict", "", "", false, List.of(new Acl(AclType.SUBSCRIBE_PATTERN, "a/#", 0, true)));
    var open = role("open", new Acl(AclType.SUBSCRIBE_PATTERN, "#", 0, true));
    var policy =
        policy(
            account(List.of(new Assigned("strict", 1), new Assigned("open", 0)), List.of()),
            List.of(),
            strict,
            open);

    assertThat(AclDecision.decide(policy, new Question("ada", "", Action.SUBSCRIBE, "a/+")).basis())
        .isEqualTo(Decision.Basis.WILDCARD);
    assertThat(AclDecision.decide(policy, new Question("ada", "", Action.SUBSCRIBE, "b")).allowed())
        .isTrue();
  }

  @Test
  void refusal_whenTheAccountIsDisabledOrBoundToAnotherId_thenSaysSo() {
    var account = account(List.of(), List.of());

    assertThat(
            AclDecision.refusal(policy(account.withDisabled(true), List.of()), "ada", "c1")
                .orElseThrow())
        .contains("disabled");
    assertThat(
            AclDecision.refusal(policy(account.withClientId("c2"), List.of()), "ada", "c1")
                .orElseThrow())
        .contains("'c2'");
    assertThat(AclDecision.refusal(policy(account, List.of()), "ada", "c1")).isEmpty();
  }
}
