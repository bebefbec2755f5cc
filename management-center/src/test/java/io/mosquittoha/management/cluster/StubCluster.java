package io.mosquittoha.management.cluster;

import io.mosquittoha.management.Settings;
import io.mosquittoha.management.web.Events;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Several agents, {@code m-0} and so on, that tell of one cluster. */
final class StubCluster implements AutoCloseable {

  final List<StubAgent> agents = new ArrayList<>();
  final List<String> events = new CopyOnWriteArrayList<>();
  private final Path folder;

  StubCluster(Path folder, int count) {
    this.folder = folder;
    for (var i = 0; i < count; i++) {
      agents.add(new StubAgent());
    }
    try {
      Files.writeString(folder.resolve("token"), "secret-of-agents\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  StubAgent agent(int n) {
    return agents.get(n);
  }

  /** All that live tell that one leads. */
  StubCluster led(int leader, long epoch) {
    for (var i = 0; i < agents.size(); i++) {
      tell(i, leader, epoch, agents.size());
    }
    return this;
  }

  /** One tells who leads; the first of the members are there, the others are not. */
  void tell(int who, int leader, long epoch, int there) {
    agent(who)
        .answer("/api/v1/cluster", 200, cluster("m-" + who, leader, epoch, agents.size(), there));
  }

  static String cluster(String self, int leader, long epoch, int count, int there) {
    var members = new StringBuilder();
    for (var i = 0; i < count; i++) {
      var role = i == leader ? "leader" : i < there ? "follower" : "unreachable";
      members.append(
          """
          %s{"name":"m-%d","role":"%s","incarnation":"x","address":"10.0.0.%d","inSync":%s,\
          "position":100,"lagBytes":%s,"version":"0.1.0","revision":"r1"}\
          """
              .formatted(i == 0 ? "" : ",", i, role, i, i < there, i < there ? "0" : "null"));
    }
    return """
    {"cluster":"c","self":"%s","epoch":%d,"leader":"m-%d","serving":true,\
    "summary":"m-%d leads; %d of %d in sync","replication":"sync","durability":"disk",\
    "minInSync":2,"inSync":[],"position":100,"committed":100,"members":[%s]}\
    """
        .formatted(self, epoch, leader, leader, there, count, members);
  }

  Settings settings(String... more) {
    var members = new StringBuilder();
    for (var i = 0; i < agents.size(); i++) {
      members.append("%sm-%d=127.0.0.1:%d:%d".formatted(i == 0 ? "" : ",", i, agent(i).port(), 1));
    }
    return settings(
        folder,
        "brokers=" + agents.size(),
        "statefulSet=m",
        "members=" + members,
        "tokenFile=" + folder.resolve("token"),
        String.join("\n", more));
  }

  static Settings settings(Path folder, String... lines) {
    try {
      var file = Files.createTempFile(folder, "center", ".properties");
      return Settings.read(Files.writeString(file, String.join("\n", lines) + "\n"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (Settings.WrongException e) {
      throw new IllegalArgumentException(e);
    }
  }

  Events listening() {
    return events::add;
  }

  @Override
  public void close() {
    agents.forEach(StubAgent::close);
  }
}
