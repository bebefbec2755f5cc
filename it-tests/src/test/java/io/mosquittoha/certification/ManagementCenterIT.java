package io.mosquittoha.certification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.client.readiness.Readiness;
import io.mosquittoha.certification.browser.Browser;
import io.mosquittoha.certification.lab.Certified;
import io.mosquittoha.certification.lab.Installation;
import io.mosquittoha.certification.lab.Lab;
import io.mosquittoha.certification.mqtt.Login;
import io.mosquittoha.certification.mqtt.MqttConnection;
import io.mosquittoha.certification.mqtt.MqttFailure;
import io.mosquittoha.certification.report.Figures;
import io.mosquittoha.management.security.AclDifferential;
import io.mosquittoha.manifests.Chart;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** The management center as operators meet it: in a browser, at its node port. */
@Certified
@Order(60)
@TestMethodOrder(OrderAnnotation.class)
class ManagementCenterIT {

  private static final String PASSWORD = "certify-" + UUID.randomUUID();
  private static final Duration ENTRY = Duration.ofSeconds(30);

  private final HttpClient http = HttpClient.newHttpClient();
  private final ObjectMapper json = new ObjectMapper();
  private Lab lab;
  private Installation installation;
  private Browser browser;
  private Ordeal ordeal;

  @BeforeAll
  void install(Lab lab) {
    this.lab = lab;
    installation = lab.install(Chart.HIGH_AVAILABILITY, Ordeal.VALUES);
    browser = Browser.on(installation.center());
  }

  @AfterAll
  void leave() {
    if (ordeal != null) {
      ordeal.close();
    }
    if (browser != null) {
      browser.close();
    }
  }

  private Ordeal ordeal() {
    if (ordeal == null) {
      ordeal = new Ordeal(installation);
    }
    return ordeal;
  }

  // ---- coming in

  @Test
  @Order(1)
  void firstLogIn_whenThePasswordIsTheSecrets_thenItHasToBeChanged(Figures figures) {
    browser.open("/");
    awaitPathStart("/login");
    browser.picture("management-center-log-in", figures);
    browser.type("login-name", "admin");
    browser.type("login-password", "not-" + PASSWORD);
    browser.click("login-submit");
    browser.await("login-error", text -> !text.isBlank());
    assertThat(browser.path()).startsWith("/login");

    browser.type("login-password", installation.firstPassword());
    browser.click("login-submit");
    await("the page for another password")
        .atMost(ENTRY)
        .until(browser::path, path -> path.startsWith("/password"));
    browser.open("/clients");
    assertThat(browser.path()).as("before the password is changed").startsWith("/password");
    browser.picture("management-center-first-password", figures);

    browser.type("password-current", installation.firstPassword());
    browser.type("password-new", PASSWORD);
    browser.type("password-again", PASSWORD);
    browser.click("password-submit");
    await("the password to be changed")
        .atMost(ENTRY)
        .until(browser::path, path -> !path.startsWith("/password"));
    browser.open("/");
    browser.await("headline", text -> !text.isBlank());
    assertThat(
            tryToLogIn("admin", installation.firstPassword()))
        .as("the first password, after it was changed")
        .isNotEqualTo(200);
  }

  private int tryToLogIn(String name, String password) {
    var body = json.createObjectNode().put("name", name).put("password", password).toString();
    return send("POST", "/api/v1/session", Optional.empty(), Optional.of(body)).statusCode();
  }

  // ---- the cluster

  @Test
  @Order(2)
  void map_whenTheLeaderIsKilled_thenItAndTheTimelineChangeByThemselves(Figures figures) {
    installation.awaitWhole();
    var agents = installation.agents();
    agents.awaitFormed();
    browser.open("/");
    var before = agents.leader().getMetadata().getName();
    awaitLeader(before);
    browser.picture("management-center-cluster", figures);
    lab.processes(agents.leader()).killAgent();
    var after =
        await("another leader")
            .atMost(Duration.ofSeconds(30))
            .ignoreExceptions()
            .until(
                () -> agents.leader().getMetadata().getName(), leader -> !leader.equals(before));
    var seen = System.nanoTime();
    awaitLeader(after);
    figures.record(
        "another leader is on the page, after its agent says so", since(seen));

    installation.awaitWhole();
    agents.awaitFormed();
    browser.open("/timeline");
    browser.await("timeline-row", text -> !text.isBlank());
    var rows = browser.texts("timeline-row").size();
    lab.processes(agents.leader()).killBroker();
    await("the timeline to grow by itself")
        .atMost(Duration.ofSeconds(30))
        .until(() -> browser.texts("timeline-row").size() > rows);
    browser.picture("management-center-timeline", figures);
    agents.awaitFormed();
  }

  private void awaitLeader(String name) {
    await("the page to show that " + name + " leads")
        .pollInterval(Duration.ofMillis(20))
        .atMost(Duration.ofSeconds(20))
        .until(() -> browser.attribute("member-" + name, "data-role"), "leader"::equals);
  }

  private static Duration since(long nanos) {
    return Duration.ofNanos(System.nanoTime() - nanos);
  }

  @Test
  @Order(3)
  void leader_whenItIsMovedByAClickWhileClientsPublish_thenNothingAcknowledgedIsLost(
      Figures figures) {
    installation.awaitWhole();
    var view = ordeal().agents().awaitFormed();
    var target = ordeal().agents().followers().getFirst().getMetadata().getName();
    browser.open("/");
    var outcome =
        ordeal()
            .storm()
            .suffer(() -> {
              browser.click("move-leader-" + target);
              browser.await("interrupts", text -> text.contains("disconnected"));
              browser.picture("management-center-move-the-leader", figures);
              browser.click("confirm-yes");
              awaitLeader(target);
            });
    assertThat(ordeal().agents().leader().getMetadata().getName()).isEqualTo(target);
    assertThat(ordeal().agents().awaitFormed().epoch()).isGreaterThan(view.epoch());
    ordeal().storm().settle(ordeal()::expectEqual);
    figures.record("outage until the first acknowledgement", outcome.outages());
  }

  @Test
  @Order(4)
  void managementCenter_whenItIsKilled_thenNoClientNotices(Figures figures) {
    var pod = installation.centers().getFirst();
    ordeal()
        .storm()
        .ignore(() -> {
          lab.processes(pod).kill();
          await("the management center to be another process, and ready")
              .atMost(Duration.ofSeconds(120))
              .until(
                  () -> installation.pod(pod.getMetadata().getName()),
                  now ->
                      Readiness.isPodReady(now)
                          && now.getStatus()
                                  .getContainerStatuses()
                                  .getFirst()
                                  .getRestartCount()
                              > pod.getStatus()
                                  .getContainerStatuses()
                                  .getFirst()
                                  .getRestartCount());
        });
    browser.open("/");
    browser.await("headline", text -> !text.isBlank());
    assertThat(browser.path()).as("whoever was logged in still is").isEqualTo("/");
    var log =
        lab.kubernetes()
            .pods()
            .inNamespace(lab.namespace())
            .withName(pod.getMetadata().getName())
            .getLog();
    log.lines()
        .filter(line -> line.contains("ready at"))
        .findFirst()
        .ifPresent(line -> figures.record("as it says itself", line.strip()));
    recordMemory("memory after the start, resident", figures);
    calm();
  }

  private void calm() {
    ordeal.close();
    ordeal = null;
  }

  // ---- accounts

  @Test
  @Order(5)
  void account_whenItIsMadeWithARoleInTheBrowser_thenItsClientMayDoThatAndNothingElse(
      Figures figures) {
    browser.open("/security/new/role");
    browser.type("role-name", "meters");
    browser.click("add-acl");
    browser.run(
        """
        const row = [...document.querySelectorAll('[data-test="acl-row"]')].at(-1);
        row.querySelector('[data-key=acltype]').value = 'publishClientSend';
        row.querySelector('[data-key=topic]').value = 'meters/%u/#';
        """);
    browser.click("save-role");
    confirm();
    awaitPathStart("/security/roles/meters");

    var password = "meter-" + UUID.randomUUID();
    browser.open("/security/new/client");
    browser.type("user-name", "meter-7");
    browser.type("user-password", password);
    browser.click("add-role");
    browser.run(
        """
        const row = [...document.querySelectorAll('[data-test="role-row"]')].at(-1);
        row.querySelector('[data-key=rolename]').value = 'meters';
        """);
    browser.picture("management-center-new-client", figures);
    browser.click("save-client");
    confirm();
    awaitPathStart("/security/clients/meter-7");

    var dial = installation.dial().withLogin(new Login("meter-7", password));
    try (var meter = dial.connect()) {
      assertThat(meter.isConnected()).isTrue();
    }
    assertThat(decision("meter-7", "PUBLISH", "meters/meter-7/power")).isEqualTo("true");
    browser.picture("management-center-acl-tester", figures);
    assertThat(browser.text("decision-rule").orElse("")).contains("meters/%u/#");
    assertThat(decision("meter-7", "PUBLISH", "meters/meter-8/power")).isEqualTo("false");

    // It goes as it came, and its client with it.
    browser.open("/security/clients/meter-7");
    browser.click("delete-client");
    confirm();
    await("the account to be gone")
        .atMost(ENTRY)
        .until(() -> {
          try (var meter = dial.connect()) {
            return !meter.isConnected();
          } catch (MqttFailure e) {
            return true;
          }
        });
  }

  private void confirm() {
    browser.await("plan-impact", text -> !text.isBlank());
    browser.click("confirm-yes");
  }

  private void awaitPathStart(String path) {
    await("the browser to be at " + path)
        .atMost(ENTRY)
        .until(browser::path, now -> now.startsWith(path));
  }

  private String decision(String username, String action, String topic) {
    browser.open(
        "/security/tester?username=%s&clientid=any&action=%s&topic=%s"
            .formatted(username, action, topic));
    browser.await("decision-why", text -> !text.isBlank());
    return browser.attribute("decision", "data-allowed");
  }

  @Test
  @Order(6)
  void aclTester_whenTheBrokerIsAskedTheSame500Times_thenTheyAgree(Figures figures)
      throws Exception {
    var door = installation.dial().address();
    var admin = installation.login("admin");
    var report =
        new AclDifferential(
                door.getHostString(), door.getPort(), "admin", admin.password(), false)
            .run(20261125, 620);
    figures.record("questions that the broker was asked too", report.cases(), "");
    figures.record("of these the broker allowed", report.allowed(), "");
    assertThat(report.disagreements()).isEmpty();
    assertThat(report.cases()).isGreaterThanOrEqualTo(500);
    assertThat(report.allowed()).isBetween(100, report.cases() - 50);
  }

  // ---- clients and topics

  @Test
  @Order(7)
  void client_whenItIsDisconnectedInTheBrowser_thenItsConnectionEnds(Figures figures) {
    var id = "certify-to-go-" + UUID.randomUUID().toString().substring(0, 8);
    try (var client = installation.dial().withClientId(id).connect()) {
      browser.open("/clients?search=" + id);
      browser.await("client-row", text -> text.contains(id));
      browser.picture("management-center-clients", figures);
      browser.click("disconnect");
      browser.click("confirm-yes");
      await("the client to lose its connection").atMost(ENTRY).until(() -> !client.isConnected());
    }
    browser.open("/audit");
    assertThat(browser.await("audit-row", text -> text.contains("client.disconnect")))
        .contains("admin");
    browser.picture("management-center-audit", figures);
  }

  @Test
  @Order(8)
  void topic_whenItsPayloadIsHostile_thenItIsShownHarmlessly(Figures figures) {
    var branch = "certify-" + UUID.randomUUID().toString().substring(0, 8);
    var hostile = "<img src=x onerror=\"window.broken=1\"><script>window.broken=1</script>";
    var name = branch + "/<b onmouseover='window.broken=1'>&amp;\"";
    try (var client = installation.dial().connect()) {
      browser.complaints(); // Those of what was broken before on purpose.
      retain(client, name, hostile);
      retain(client, branch + "/json", "{\"power\": 12.5, \"on\": true}");
      browser.open("/topics");
      browser.await("topic-tree", text -> text.contains(branch));
      browser.type("topic-name", name);
      browser.click("topic-open");
      browser.await("topic-payload", text -> text.contains("onerror"));
      browser.picture("management-center-hostile-payload", figures);
      assertThat(browser.text("topic-payload")).contains(hostile);
      assertThat(browser.text("topic-title").orElse("")).contains("<b onmouseover=");
      assertThat(browser.run("return document.querySelectorAll('#topic-payload img, #topic-payload script').length"))
          .isEqualTo(0L);
      assertThat(browser.run("return window.broken === undefined")).isEqualTo(true);

      browser.type("topic-name", branch + "/json");
      browser.click("topic-open");
      browser.await("topic-payload", text -> text.contains("12.5"));
      browser.picture("management-center-topics", figures);
      retain(client, branch + "/json", "{\"power\": 13.5}");
      browser.await("topic-payload", text -> text.contains("13.5"));
      assertThat(browser.complaints()).isEmpty();
    }
  }

  @Test
  @Order(9)
  void connectionCheck_whenThePasswordIsWrong_thenItNamesTheStage(Figures figures) {
    browser.open("/admin/check");
    browser.click("check-run");
    awaitVerdicts();
    assertThat(browser.outcomes()).isNotEmpty().doesNotContain("FAILED");
    assertThat(browser.outcomes()).contains("OK");

    browser.type("check-name", "mqtt");
    browser.type("check-password", "not this one");
    browser.click("check-run");
    await("a stage to fail")
        .atMost(ENTRY)
        .until(() -> browser.attributes("stage-connack", "data-outcome").contains("FAILED"));
    assertThat(browser.attributes("stage-tcp", "data-outcome")).containsOnly("OK");
    assertThat(browser.texts("stage-connack").getFirst()).contains("password");
    browser.picture("management-center-connection-check", figures);
  }

  private void awaitVerdicts() {
    await("verdicts of all brokers and the entrance")
        .atMost(ENTRY)
        .until(() -> browser.texts("stage-acl").size() > installation.brokers().size());
  }

  // ---- the brokers, in Kubernetes

  @Test
  @Order(10)
  void brokers_whenOneIsAddedAndTheLeaderDrainedByClicks_thenNothingAcknowledgedIsLost(
      Figures figures) {
    installation.awaitWhole();
    ordeal().agents().awaitFormed();
    scale(4);
    var leader = ordeal().agents().leader();
    var drained = leader.getMetadata().getName();
    browser.open("/");
    var outcome =
        ordeal()
            .storm()
            .suffer(() -> {
              browser.click("drain-" + drained);
              browser.await("interrupts", text -> !text.isBlank());
              browser.picture("management-center-drain", figures);
              browser.click("confirm-yes");
              await("the pod to be another one")
                  .atMost(Duration.ofSeconds(90))
                  .ignoreExceptions()
                  .until(() ->
                      !installation
                          .pod(drained)
                          .getMetadata()
                          .getUid()
                          .equals(leader.getMetadata().getUid()));
            });
    installation.awaitWhole();
    ordeal().agents().awaitFormed();
    scale(3);
    ordeal().storm().settle(ordeal()::expectEqual);
    figures.record("outage until the first acknowledgement", outcome.outages());
    calm();
  }

  private void scale(int brokers) {
    browser.open("/");
    browser.click("scale");
    browser.type("size-brokers", Integer.toString(brokers));
    browser.click("size-submit");
    await(brokers + " brokers")
        .atMost(Duration.ofSeconds(120))
        .until(() ->
            installation.brokers().size() == brokers
                && installation.brokers().stream().allMatch(Readiness::isPodReady));
    installation.awaitWhole();
    ordeal().agents().awaitFormed();
  }

  private static void retain(MqttConnection client, String topic, String text) {
    client.publish(topic, text.getBytes(StandardCharsets.UTF_8), 1, true);
  }

  // ---- who may what

  @Test
  @Order(11)
  void viewer_whenTheyUseEveryRouteThatNeedsMore_thenAllAreRefused(Figures figures)
      throws Exception {
    browser.open("/admin");
    var viewer =
        json.readTree(
            (String)
                browser.async(
                    "window.center.request('POST', '/api/v1/tokens', {name: 'viewer', role: 'VIEWER', days: '1'}).then(it => done(JSON.stringify(it)))"));
    var token = viewer.path("token").asText();
    assertThat(token).isNotBlank();
    assertThat(send("GET", "/api/v1/cluster", Optional.of(token), Optional.empty()).statusCode())
        .isEqualTo(200);
    var wrong = new ArrayList<String>();
    var refused = 0;
    for (var route : routes(token)) {
      if (route.role().equals("anyone")) {
        continue;
      }
      var path = route.path().replaceAll("\\{[^}]*}", "certify");
      var without = send(route.method(), path, Optional.empty(), Optional.of("{}")).statusCode();
      if (without != 401) {
        wrong.add("%s %s without a log-in: %d".formatted(route.method(), path, without));
      }
      if (!route.role().equals("viewer")) {
        var answer = send(route.method(), path, Optional.of(token), Optional.of("{}")).statusCode();
        refused++;
        if (answer != 403) {
          wrong.add("%s %s as a viewer: %d".formatted(route.method(), path, answer));
        }
      }
    }
    figures.record("routes that a viewer was refused", refused, "");
    assertThat(wrong).isEmpty();
    assertThat(refused).isGreaterThan(20);
  }

  private record Route(String method, String path, String role) {}

  private List<Route> routes(String token) throws Exception {
    var api =
        json.readTree(
            send("GET", "/api/v1/openapi.json", Optional.of(token), Optional.empty()).body());
    var routes = new ArrayList<Route>();
    for (var path : api.path("paths").properties()) {
      for (var operation : path.getValue().properties()) {
        routes.add(
            new Route(
                operation.getKey().toUpperCase(java.util.Locale.ROOT),
                path.getKey(),
                operation.getValue().path("x-role").asText()));
      }
    }
    return routes;
  }

  private HttpResponse<String> send(
      String method, String path, Optional<String> token, Optional<String> body) {
    var request =
        HttpRequest.newBuilder(URI.create(installation.center() + path))
            .timeout(Duration.ofSeconds(20))
            .header("Content-Type", "application/json");
    token.ifPresent(it -> request.header("Authorization", "Bearer " + it));
    var with =
        method.equals("GET") || body.isEmpty()
            ? HttpRequest.BodyPublishers.noBody()
            : HttpRequest.BodyPublishers.ofString(body.get());
    try {
      return http.send(
          request.method(method, with).build(), HttpResponse.BodyHandlers.ofString());
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  // ---- how it is made

  private static Map<String, String> pages(String broker) {
    var pages = new LinkedHashMap<String, String>();
    pages.put("/", "cluster");
    pages.put("/timeline", "timeline");
    pages.put("/brokers/" + broker, "broker");
    pages.put("/clients", "clients");
    pages.put("/topics", "topics");
    pages.put("/security", "security");
    pages.put("/security/roles", "roles");
    pages.put("/security/roles/client", "role");
    pages.put("/security/defaults", "defaults");
    pages.put("/security/tester", "acl-tester");
    pages.put("/talk", "publish-subscribe");
    pages.put("/metrics-history", "metrics");
    pages.put("/audit", "audit");
    pages.put("/admin", "administration");
    pages.put("/admin/check", "connection-check");
    pages.put("/admin/backup", "backup");
    pages.put("/account", "account");
    return pages;
  }

  @Test
  @Order(12)
  void pages_whenTheyAreLookedAtWideNarrowLightAndDark_thenNothingSeriousIsWrong(Figures figures) {
    var faults = new ArrayList<String>();
    browser.complaints();
    for (var page : pages(installation.brokers().getFirst().getMetadata().getName()).entrySet()) {
      for (var scheme : List.of("light", "dark")) {
        browser.prefer(scheme);
        browser.size(1360, 900);
        browser.open(page.getKey());
        settled();
        if (!browser.path().startsWith(page.getKey())) {
          faults.add(page.getKey() + " leads to " + browser.path());
        }
        browser.picture("management-center-page-%s-%s".formatted(page.getValue(), scheme), figures);
        for (var fault : browser.accessibilityFaults()) {
          faults.add("%s, %s: %s".formatted(page.getKey(), scheme, fault));
        }
        for (var complaint : browser.complaints()) {
          faults.add("%s: %s".formatted(page.getKey(), complaint));
        }
      }
      browser.prefer("light");
      browser.size(375, 800);
      browser.open(page.getKey());
      settled();
      browser.picture("management-center-page-%s-narrow".formatted(page.getValue()), figures);
      if (!Boolean.TRUE.equals(
          browser.run("return document.documentElement.scrollWidth <= window.innerWidth"))) {
        faults.add(page.getKey() + " is wider than 375 pixels");
      }
    }
    browser.size(1360, 900);
    assertThat(faults).isEmpty();
    figures.record(
        "first load of the first page, on the wire", browser.weightOfFirstLoad("/") / 1000.0, "kB");
    recordMemory("memory after all of this, resident", figures);
  }

  private void recordMemory(String name, Figures figures) {
    figures.record(
        name,
        lab.processes(installation.centers().getFirst()).javaResidentBytes() / 1048576.0,
        "MiB");
  }

  private void settled() {
    await("the page to have all its pieces")
        .atMost(Duration.ofSeconds(20))
        .until(() -> Boolean.TRUE.equals(
            browser.run(
                "return document.readyState === 'complete' && !document.querySelector('.htmx-request')")));
  }
}
