package io.mosquittoha.management.backup;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mosquittoha.management.Settings;
import io.mosquittoha.management.mqtt.Account;
import io.mosquittoha.management.mqtt.Message;
import io.mosquittoha.management.mqtt.StubBroker;
import io.mosquittoha.management.security.Security;
import io.mosquittoha.management.security.SecurityRoom;
import io.mosquittoha.management.store.SqliteStore;
import io.mosquittoha.management.stub.StubCluster;
import io.mosquittoha.management.stub.StubRoutes;
import io.mosquittoha.management.stub.StubVisit;
import io.mosquittoha.management.web.Problem;
import io.mosquittoha.management.web.Role;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * A process of its own with the default heap, of which the rest of the application has its part:
 * what is too much ends it.
 */
final class SmallHeap {

  /** What is in use while 10,000 sessions are listed, rounded up. */
  private static final int OTHERS = 24 << 20;

  private static final String HAS =
      """
      {"clients": [{"username": "management-center", "roles": [{"rolename": "all"}], "groups": []}],
       "groups": [],
       "roles": [{"rolename": "all", "acls": [
         {"acltype": "publishClientSend", "topic": "#", "priority": 0, "allow": true}]}]}
      """;

  private SmallHeap() {}

  /** FOLDER, restore PAYLOAD-BYTES | import FILE. */
  public static void main(String[] arguments) throws Exception {
    var others = new byte[OTHERS];
    var folder = Path.of(arguments[0]);
    try (var broker = new StubBroker();
        var store = SqliteStore.open(folder)) {
      var cluster = new StubCluster();
      cluster.serving = Optional.of(broker.address());
      var control = new StubSecurity((ObjectNode) new ObjectMapper().readTree(HAS));
      var security = new Security(control, cluster, store, name -> {}, "management-center");
      try {
        if (arguments[1].equals("restore")) {
          restore(folder, Integer.parseInt(arguments[2]), broker, cluster, security);
        } else {
          var routes = new StubRoutes(new SecurityRoom(security));
          var file = Path.of(arguments[2]);
          for (var query : List.of(Map.of("preview", "true"), Map.<String, String>of())) {
            routes.call("POST /api/v1/security/import", StubVisit.sending(file, query));
          }
        }
        System.out.println("done");
      } catch (Problem e) {
        System.out.println(e.status() + " " + e.getMessage());
      }
    }
    if (others.length == 0) {
      throw new AssertionError("the heap is for others, too");
    }
    System.exit(0);
  }

  private static void restore(
      Path folder, int size, StubBroker broker, StubCluster cluster, Security security)
      throws Exception {
    var account =
        new Account("management-center", Files.writeString(folder.resolve("account"), "secret\n"));
    var settings =
        Settings.read(Files.writeString(folder.resolve("center.properties"), "release=demo"));
    var routes = new StubRoutes(new BackupRoom(settings, security, cluster, account));
    var file = folder.resolve("backup.json");
    broker.retaining(messages("x".repeat(size)));
    Files.writeString(
        file,
        routes.call(
                "GET /api/v1/backup",
                StubVisit.of(Role.ADMIN, Map.of("retained", "#", "security", "true")))
            .result);
    broker.retaining(messages("y".repeat(size)));
    routes.call("POST /api/v1/backup/restore", StubVisit.sending(file, Map.of("preview", "true")));
  }

  /** As many as one backup takes. */
  private static List<Message> messages(String payload) {
    var bytes = payload.getBytes(StandardCharsets.UTF_8);
    var each = Retained.weight(Message.of("meters/000000", bytes, 0, true));
    return IntStream.range(0, (int) (Retained.MOST_BYTES / each))
        .mapToObj(number -> Message.of("meters/%06d".formatted(number), bytes, 0, true))
        .toList();
  }
}
