package io.mosquittoha.management.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.mosquittoha.management.cluster.Cluster;
import io.mosquittoha.management.security.Wish.DeleteAccount;
import io.mosquittoha.management.security.Wish.DeleteRole;
import io.mosquittoha.management.security.Wish.PutAccount;
import io.mosquittoha.management.security.Wish.PutGroup;
import io.mosquittoha.management.security.Wish.PutRole;
import io.mosquittoha.management.security.Wish.SetDefaults;
import io.mosquittoha.management.security.Wish.SetPassword;
import io.mosquittoha.management.store.SqliteStore;
import io.mosquittoha.management.store.Store;
import io.mosquittoha.management.stub.StubRoutes;
import io.mosquittoha.management.stub.StubVisit;
import io.mosquittoha.management.web.Person;
import io.mosquittoha.management.web.Problem;
import io.mosquittoha.management.web.Role;
import io.mosquittoha.management.web.Visit;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class SecurityTest {

  @RegisterExtension static final RealBroker broker = new RealBroker();

  private final List<Cluster.Client> connected = new ArrayList<>();
  private final List<Cluster.Subscription> subscriptions = new ArrayList<>();
  private final List<String> audited = new ArrayList<>();
  private AdminControl control;
  private Store store;
  private Security security;

  @BeforeEach
  void open(@TempDir Path folder) throws Exception {
    control = new AdminControl("127.0.0.1", broker.port(), "admin", RealBroker.PASSWORD);
    store = SqliteStore.open(folder);
    security = new Security(control, cluster(), store, name -> {}, "management-center");
  }

  @AfterEach
  void close() {
    control.close();
    store.close();
  }

  private Cluster cluster() {
    return (Cluster)
        Proxy.newProxyInstance(
            Cluster.class.getClassLoader(),
            new Class<?>[] {Cluster.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "clients" ->
                      new Cluster.Clients(List.copyOf(connected), connected.size(), false);
                  case "subscriptions" ->
                      subscriptions.stream()
                          .filter(each -> each.client().equals(arguments[0]))
                          .toList();
                  default -> throw new UnsupportedOperationException(method.getName());
                });
  }

  private Visit visit() {
    return (Visit)
        Proxy.newProxyInstance(
            Visit.class.getClassLoader(),
            new Class<?>[] {Visit.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "who" -> new Person("olga", Role.EDITOR, "127.0.0.1");
                  case "audit" -> {
                    audited.add(String.valueOf(List.of(arguments)));
                    yield null;
                  }
                  default -> throw new UnsupportedOperationException(method.getName());
                });
  }

  private List<Difference> make(Collection<? extends Wish> wishes) {
    return security.carryOut(visit(), "test", "Made it so.", wishes, "", false);
  }

  private static Account account(String name, Assigned... roles) {
    return new Account(name, "", "", "", false, List.of(roles), List.of());
  }

  private static AccessRole role(String name, Acl... acls) {
    return new AccessRole(name, "", "", true, List.of(acls));
  }

  private void connected(String id, String username) {
    connected.add(new Cluster.Client(id, username, "192.0.2.1", true, 5, true, "", 1, 0));
  }

  @Test
  void plan_whenCarriedOut_thenTheBrokerIsAsPlanned() {
    var reader = new PolicyReader(control);
    for (long seed = 1; seed <= 6; seed++) {
      // The same names each time: they are changed in all ways at once.
      var plan = Plan.of(reader.read(), AclWorld.of(seed, 0, "planned-").wishes());

      control.send(plan.commands());

      assertThat(Difference.between(plan.after(), reader.read())).as("seed %d", seed).isEmpty();
    }
    var policy = reader.read();
    control.send(
        Plan.of(
                policy,
                policy.roles().keySet().stream()
                    .filter(name -> name.startsWith("planned-"))
                    .map(DeleteRole::new)
                    .toList())
            .commands());
    // What the broker keeps of a role that is gone would be its memory, used again.
    var left = reader.read();
    assertThat(left.accounts().values())
        .allSatisfy(
            each -> assertThat(each.roles()).noneMatch(has -> has.name().startsWith("planned-")));
    assertThat(left.groups().values())
        .allSatisfy(
            each -> assertThat(each.roles()).noneMatch(has -> has.name().startsWith("planned-")));
  }

  @Test
  void preview_whenARoleLosesARule_thenNamesWhoIsDisconnectedAndWhatTheyLose() {
    var lines = new Acl(AclType.SUBSCRIBE_PATTERN, "line/#", 0, true);
    make(
        List.of(
            new SetDefaults(new Defaults(false, true, false, true)),
            new PutRole(role("viewer", lines, new Acl(AclType.SUBSCRIBE_PATTERN, "x", 0, true))),
            new PutAccount(account("screen", new Assigned("viewer")))));
    connected("screen-1", "screen");
    connected("screen-2", "screen");
    connected("other", "somebody");
    subscriptions.add(new Cluster.Subscription("screen-1", "line/1", 1));
    subscriptions.add(new Cluster.Subscription("screen-2", "x", 1));

    var impact = security.preview(List.of(new PutRole(role("viewer", lines)))).impact();

    assertThat(impact.sentence())
        .isEqualTo(
            "2 clients are disconnected; 1 of them loses something for good, the others can connect"
                + " again.");
    assertThat(impact.clients().getFirst())
        .isEqualTo(
            new Impact.Touched(
                "screen-2", "screen", "192.0.2.1", "may not subscribe to 'x' any more"));
  }

  @Test
  void preview_whenItTouchesTheAccountOfThisApplication_thenSaysSo() {
    var rule = new Acl(AclType.SUBSCRIBE_PATTERN, "center/#", 0, true);
    make(
        List.of(
            new PutRole(role("centers", rule)),
            new PutAccount(account("management-center", new Assigned("centers"))),
            new PutRole(role("others", rule)),
            new PutAccount(account("somebody", new Assigned("others")))));

    var itsRole = security.preview(List.of(new PutRole(role("centers"))));
    var itsEnd = security.preview(List.of(new DeleteAccount("management-center")));
    var another = security.preview(List.of(new PutRole(role("others"))));

    assertThat(itsRole.impact().sentence())
        .contains("'management-center'", "disconnected for a moment and connects again");
    assertThat(itsEnd.impact().sentence()).doesNotContain("connects again");
    assertThat(another.impact().sentence()).doesNotContain("management-center");
  }

  @Test
  void change_whenSomethingElseChangedSinceThePreview_thenIsRefused() {
    var wish = List.of(new PutAccount(account("late")));
    var mark = security.preview(wish).mark();
    make(List.of(new PutAccount(account("early"))));

    assertThatThrownBy(() -> security.carryOut(visit(), "test", "Made it so.", wish, mark, false))
        .isInstanceOf(Problem.class)
        .hasMessageContaining("changed by somebody else");
    assertThat(security.policy().account("late")).isEmpty();
  }

  @Test
  void undo_whenARoleWasDeleted_thenItComesBackToAllThatHadIt() {
    make(
        List.of(
            new PutRole(role("gone", new Acl(AclType.PUBLISH_SEND, "a/#", 3, true))),
            new PutGroup(new Group("had", "", "", List.of(new Assigned("gone", 4)))),
            new PutAccount(account("has", new Assigned("gone", 5)))));
    var before = security.policy();
    make(List.of(new DeleteRole("gone")));

    make(security.undoing(security.changes().getFirst()));

    assertThat(Difference.between(before, security.policy())).isEmpty();
  }

  @Test
  void undo_whenItWasChangedAgain_thenIsRefusedAndSaysWhat() {
    make(List.of(new PutAccount(account("twice"))));
    make(List.of(new PutAccount(account("twice").withDisabled(true))));
    var first = security.changes().get(1);

    assertThatThrownBy(() -> security.undoing(first))
        .isInstanceOf(Problem.class)
        .hasMessageContaining("client 'twice'");
  }

  @Test
  void undo_whenOnlyAPasswordWasSet_thenSaysThatItCannotBe() {
    make(List.of(new PutAccount(account("secretive"))));
    make(List.of(new SetPassword("secretive", "a-new-secret")));

    assertThatThrownBy(() -> security.undoing(security.changes().getFirst()))
        .isInstanceOf(Problem.class)
        .hasMessageContaining("can't be taken back");
    assertThat(audited).isNotEmpty().noneMatch(line -> line.contains("a-new-secret"));
    assertThat(security.changes().toString()).doesNotContain("a-new-secret");
  }

  @Test
  void change_whenItLocksOutTheAdministrator_thenIsRefusedUnlessInsistedOn() {
    var disabled = security.policy().account("admin").orElseThrow().withDisabled(true);

    for (var wish :
        List.of(
            new PutAccount(disabled), new DeleteAccount("admin"), new DeleteRole("super-admin"))) {
      assertThat(security.preview(List.of(wish)).danger()).contains("locks out 'admin'");
      assertThatThrownBy(() -> make(List.of(wish)))
          .isInstanceOf(Problem.class)
          .hasMessageContaining("locks out 'admin'");
    }
    assertThat(security.policy().account("admin").orElseThrow().disabled()).isFalse();
  }

  @Test
  void bulk_whenAnAccountIsDisabled_thenSaysWhoIsCutOff_guardsAdmin_andCanBeUndone()
      throws Exception {
    make(List.of(new PutAccount(account("meter"))));
    connected("meter-1", "meter");
    var routes = new StubRoutes(new SecurityRoom(security));

    assertThat(String.valueOf(disable(routes, "meter", Map.of("preview", "true")).json))
        .contains("meter-1", "can't connect again");
    assertThat(security.policy().account("meter").orElseThrow().disabled()).isFalse();

    assertThat(disable(routes, "meter", Map.of()).done).isEqualTo("Disabled the client 'meter'.");
    assertThat(security.policy().account("meter").orElseThrow().disabled()).isTrue();
    make(security.undoing(security.changes().getFirst()));
    assertThat(security.policy().account("meter").orElseThrow().disabled()).isFalse();

    assertThatThrownBy(() -> disable(routes, "admin", Map.of()))
        .isInstanceOf(Problem.class)
        .hasMessageContaining("locks out 'admin'");
    assertThatThrownBy(() -> disable(routes, "nobody-known", Map.of()))
        .isInstanceOfSatisfying(
            Problem.class, problem -> assertThat(problem.status()).isEqualTo(404));
  }

  private static StubVisit disable(StubRoutes routes, String name, Map<String, String> query)
      throws Exception {
    return routes.call(
        "POST /api/v1/security/clients/bulk",
        StubVisit.with(new Bodies.BulkBody("disable", List.of(name), "", Optional.empty()), query));
  }

  @Test
  void import_whenTheFileIsAnExport_thenNothingDiffers_andWhatItOmitsStays() throws Exception {
    make(
        List.of(
            new PutAccount(account("kept")),
            new SetDefaults(new Defaults(false, true, true, true))));
    var policy = security.policy();

    assertThat(security.toward(PolicyJson.read(PolicyJson.write(policy), policy), true)).isEmpty();

    var some =
        new ObjectMapper().readTree("{\"clients\":[{\"username\":\"kept\",\"textname\":\"K\"}]}");
    var wishes = security.toward(PolicyJson.read(some, policy), false);
    assertThat(wishes)
        .containsExactly(
            new PutAccount(new Account("kept", "", "K", "", false, List.of(), List.of())));
  }

  @Test
  void role_whenATopicIsNoFilter_thenIsRefusedBeforeTheBrokerStumblesOverIt() {
    var broken = role("broken", new Acl(AclType.PUBLISH_SEND, "a#", 0, true));

    assertThatThrownBy(() -> make(List.of(new PutRole(broken))))
        .isInstanceOf(Problem.class)
        .hasMessageContaining("'a#'");
  }
}
