package io.mosquittoha.management.backup;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mosquittoha.management.Settings;
import io.mosquittoha.management.mqtt.Account;
import io.mosquittoha.management.mqtt.BrokerControl;
import io.mosquittoha.management.mqtt.FixedAddresses;
import io.mosquittoha.management.mqtt.Message;
import io.mosquittoha.management.mqtt.RealBroker;
import io.mosquittoha.management.security.Security;
import io.mosquittoha.management.store.SqliteStore;
import io.mosquittoha.management.stub.StubCluster;
import io.mosquittoha.management.stub.StubRoutes;
import io.mosquittoha.management.stub.StubVisit;
import io.mosquittoha.management.web.Role;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RealBackupTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int MANY = 2_000;

  @TempDir private Path folder;

  /** An account for this application, and what it is to find again. */
  private static List<ObjectNode> preparation() throws Exception {
    var all = new ArrayList<ObjectNode>();
    for (var command :
        JSON.readTree(
            """
            [{"command": "createRole", "rolename": "writer", "acls": [
               {"acltype": "publishClientSend", "topic": "#", "priority": 0, "allow": true}]},
             {"command": "createClient", "username": "center", "password": "center-secret"},
             {"command": "addClientRole", "username": "center", "rolename": "super-admin"},
             {"command": "addClientRole", "username": "center", "rolename": "topic-observe"},
             {"command": "addClientRole", "username": "center", "rolename": "writer"},
             {"command": "createClient", "username": "pump", "password": "pump-secret"},
             {"command": "addClientRole", "username": "pump", "rolename": "writer"}]
            """)) {
      all.add((ObjectNode) command);
    }
    return all;
  }

  @Test
  void backup_whenTheBrokerLostAndGotThingsSince_thenRestoringMakesItTheSame() throws Exception {
    try (var broker = RealBroker.start(folder);
        var store = SqliteStore.open(folder.resolve("data"))) {
      var addresses = new FixedAddresses(broker.address());
      try (var admin = new BrokerControl(addresses, broker.account(), false, new LongAdder())) {
        admin.send(preparation());
      }
      var account =
          new Account("center", Files.writeString(folder.resolve("center"), "center-secret"));
      var cluster = new StubCluster();
      cluster.serving = Optional.of(broker.address());
      try (var control = new BrokerControl(addresses, account, false, new LongAdder())) {
        var security = new Security(control, cluster, store, name -> {}, "center");
        var settings =
            Settings.read(Files.writeString(folder.resolve("settings"), "account=center\n"));
        var routes = new StubRoutes(new BackupRoom(settings, security, cluster, account));
        publish(account, broker, messages());

        var before = download(routes);
        assertThat(before.at("/retained/messages")).hasSize(MANY);

        publish(
            account,
            broker,
            List.of(
                Message.of("many/0", new byte[0], 1, true),
                retained("many/1", "other"),
                retained("new", "1")));
        control.send(
            (ObjectNode) JSON.readTree("{\"command\":\"deleteClient\",\"username\":\"pump\"}"));
        assertThat(comparable(download(routes))).isNotEqualTo(comparable(before));

        var restored =
            routes.call(
                "POST /api/v1/backup/restore", StubVisit.with(before, Map.of("remove", "true")));

        assertThat(restored.done).contains("3 retained messages, security");
        assertThat(comparable(download(routes))).isEqualTo(comparable(before));
      }
    }
  }

  private static Message retained(String topic, String payload) {
    return Message.of(topic, payload.getBytes(StandardCharsets.UTF_8), 1, true);
  }

  private static List<Message> messages() {
    var all = new ArrayList<Message>();
    for (var number = 0; number < MANY; number++) {
      all.add(
          new Message(
              "many/" + number,
              new byte[] {0, (byte) number, -1},
              1,
              true,
              new Message.Properties(
                  false,
                  "application/octet-stream",
                  "answer/" + number,
                  Optional.of(new byte[] {-1, 0}),
                  OptionalLong.empty(),
                  List.of(new Message.Property("a", "ä"), new Message.Property("a", "<b>")))));
    }
    return all;
  }

  private static void publish(Account account, RealBroker broker, List<Message> messages)
      throws Exception {
    try (var connection = account.connect(broker.address(), "test", message -> {}, words -> {})) {
      for (var message : messages) {
        assertThat(connection.publish(message).refused()).isFalse();
      }
    }
  }

  private static ObjectNode download(StubRoutes routes) throws Exception {
    var visit = StubVisit.of(Role.EDITOR, Map.of("security", "true", "retained", "#"));
    return (ObjectNode) JSON.readTree(routes.call("GET /api/v1/backup", visit).result);
  }

  /** All of it but when it was made. */
  private static ObjectNode comparable(ObjectNode backup) {
    return backup.deepCopy().without("at");
  }
}
