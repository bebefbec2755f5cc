package io.mosquittoha.management.support;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosquittoha.management.Settings;
import io.mosquittoha.management.cluster.Cluster;
import io.mosquittoha.management.cluster.Sight;
import io.mosquittoha.management.kubernetes.Permission;
import io.mosquittoha.management.kubernetes.PodLog;
import io.mosquittoha.management.kubernetes.Workload;
import io.mosquittoha.management.store.SqliteStore;
import io.mosquittoha.management.web.Problem;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Secrets are planted wherever something could carry them; none may be in the file. */
final class SupportRoomTest {

  private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");

  @TempDir Path folder;

  private Path secret(String name) throws IOException {
    return Files.writeString(folder.resolve(name), "planted-" + name + "-1234\n");
  }

  private Settings settings() throws Exception {
    var key =
        Files.writeString(
            folder.resolve("key"),
            "-----BEGIN PRIVATE KEY-----\n"
                + "planted-key-line-1234567890\n"
                + "-----END PRIVATE KEY-----\n");
    var file =
        Files.writeString(
            folder.resolve("properties"),
            """
            variant=ha
            release=demo
            passwordFile=%s
            tokenFile=%s
            firstPasswordFile=%s
            certificate=%s
            certificateKey=%s
            oidc.issuer=https://issuer.example
            oidc.clientId=center
            oidc.clientSecretFile=%s
            data=%s
            """
                .formatted(
                    secret("password"),
                    secret("token"),
                    secret("first"),
                    folder.resolve("certificate"),
                    key,
                    secret("oidc"),
                    folder.resolve("data")));
    return Settings.read(file);
  }

  @SuppressWarnings("unchecked")
  private static <T> T answering(Class<T> type, Map<String, Object> answers) {
    return (T)
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              var answer = answers.get(method.getName());
              if (answer == null) {
                throw new Problem(501, "Not here; password=planted-in-problem");
              }
              return answer;
            });
  }

  private static Cluster cluster() {
    var member =
        new Sight.Member(
            "m-0",
            Sight.Role.LEADER,
            true,
            "10.0.0.1",
            OptionalLong.of(12),
            OptionalLong.empty(),
            "0.1.0 planted-token-1234",
            "r1");
    var sight =
        new Sight(
            NOW,
            true,
            true,
            "m-0 leads; planted-password-1234",
            Optional.of("m-0"),
            1,
            "sync",
            "disk",
            2,
            1,
            List.of(member),
            List.of(
                new Sight.Issue(Sight.Severity.WARNING, "token=planted-in-issue", "fix it", "")),
            List.of(),
            Optional.empty());
    return answering(
        Cluster.class,
        Map.of(
            "sight", sight,
            "ask", "{\"epoch\":1,\"authorization\":\"Bearer planted-in-answer\"}",
            "figures", "mosquitto_ha_info{x=\"planted-first-1234\"} 1\n"));
  }

  private static Workload workload() {
    var lines =
        List.of(
            "starting with password=planted-in-log",
            "planted-oidc-1234 seen",
            "planted-key-line-1234567890",
            "New client connected as sensor-7");
    return answering(
        Workload.class,
        Map.of("log", new PodLog(lines, false), "permissions", List.<Permission>of()));
  }

  private Map<String, String> bundle() throws Exception {
    var settings = settings();
    var files = new LinkedHashMap<String, String>();
    try (var store = SqliteStore.open(settings.data())) {
      store.migrate("secrets", 1, "CREATE TABLE secrets (planted TEXT)");
      store.migrate("secrets", 2, "INSERT INTO secrets VALUES ('planted-in-row')");
      var others =
          List.of(
              new Part(
                  "center/audit.json",
                  () -> List.of(Map.of("after", "{\"password\":\"planted-in-audit\"}"))),
              new Part("cluster/timeline.json", () -> List.of("planted-token-1234")));
      var room = new SupportRoom(settings, "1.2.3", store, cluster(), workload(), others);
      var out = new ByteArrayOutputStream();
      room.write("demo-support", NOW, out);
      try (var zip = new ZipInputStream(new ByteArrayInputStream(out.toByteArray()))) {
        for (var entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
          files.put(entry.getName(), new String(zip.readAllBytes(), StandardCharsets.UTF_8));
        }
      }
    }
    return files;
  }

  @Test
  void plantedSecrets_areInNoFileAndNoName() throws Exception {
    var files = bundle();

    assertThat(files).hasSizeGreaterThan(12);
    files.forEach((name, text) -> {
      assertThat(name).doesNotContain("planted");
      assertThat(text).as(name).doesNotContain("planted-");
    });
    assertThat(files.get("demo-support/center/audit.json")).contains("[removed]");
    assertThat(files.get("demo-support/members/m-0/log.txt"))
        .contains("[removed]")
        .contains("New client connected as sensor-7");
  }

  @Test
  void whatHelps_isThere() throws Exception {
    var files = bundle();

    assertThat(files.get("demo-support/cluster/sight.json")).contains("m-0 leads");
    assertThat(files.get("demo-support/center/settings.json"))
        .contains("\"release\" : \"demo\"")
        .contains("passwordFile");
    assertThat(files.get("demo-support/center/database.json"))
        .contains("\"ok\"")
        .contains("\"secrets\" : \"1\"");
    assertThat(files.get("demo-support/members/m-0/cluster.json")).contains("\"epoch\":1");
    assertThat(files.get("demo-support/README.txt")).contains("1.2.3");
    assertThat(files.get("demo-support/center/threads.txt")).contains("SupportRoomTest");
  }

  @Test
  void whatCouldNotBeHad_isSaidAndTheRestIsThere() throws Exception {
    var files = bundle();

    assertThat(files.get("demo-support/kubernetes/size.json.missing.txt"))
        .contains("Not here")
        .doesNotContain("planted");
    assertThat(files).containsKey("demo-support/members/m-0/metrics.txt");
  }
}
