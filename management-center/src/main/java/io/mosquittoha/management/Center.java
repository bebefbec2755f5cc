package io.mosquittoha.management;

import io.mosquittoha.management.Settings.Variant;
import io.mosquittoha.management.backup.BackupRoom;
import io.mosquittoha.management.brokers.BrokersRoom;
import io.mosquittoha.management.check.CheckRoom;
import io.mosquittoha.management.clients.ClientsRoom;
import io.mosquittoha.management.cluster.Cluster;
import io.mosquittoha.management.cluster.ClusterRoom;
import io.mosquittoha.management.cluster.Timeline;
import io.mosquittoha.management.cluster.TimelineRoom;
import io.mosquittoha.management.kubernetes.KubernetesWorkload;
import io.mosquittoha.management.metrics.Marks;
import io.mosquittoha.management.metrics.MetricsRoom;
import io.mosquittoha.management.metrics.OwnFigures;
import io.mosquittoha.management.metrics.SysTopics;
import io.mosquittoha.management.mqtt.Account;
import io.mosquittoha.management.mqtt.Addresses;
import io.mosquittoha.management.mqtt.BrokerControl;
import io.mosquittoha.management.security.Security;
import io.mosquittoha.management.security.SecurityRoom;
import io.mosquittoha.management.store.SqliteStore;
import io.mosquittoha.management.support.Part;
import io.mosquittoha.management.support.SupportRoom;
import io.mosquittoha.management.talk.TalkRoom;
import io.mosquittoha.management.topics.TopicsRoom;
import io.mosquittoha.management.web.Room;
import io.mosquittoha.management.web.Server;
import io.mosquittoha.management.web.Web;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** The application with all its rooms. */
public final class Center implements AutoCloseable {

  private final Deque<AutoCloseable> opened = new ArrayDeque<>();
  private final Server server;

  private Center(Settings settings) {
    var store = keep(SqliteStore.open(settings.data()));
    var web = keep(new Web(settings, store));

    // What rooms share goes here, each line a thing: var x = keep(new …) if it is to be closed.
    var cluster = keep(Cluster.watch(settings, web.events()));
    var timeline = keep(Timeline.keep(store, cluster, web.events()));
    var account = new Account(settings.account(), settings.passwordFile());
    var own = new OwnFigures(Main.version());
    var failures =
        own.counter("control_failures", "Commands that brokers refused or did not answer.");
    var allServe = settings.variant() == Variant.AUTOSCALING;
    var control = keep(new BrokerControl(cluster, account, allServe, failures));
    var workload = keep(new KubernetesWorkload(settings));
    // With connections of its own: a broker that does not tell of itself keeps nobody else waiting.
    var inspection = keep(new BrokerControl(cluster, account, allServe, failures));
    var security = new Security(control, cluster, store, web.events(), settings.account());
    var clients = keep(new ClientsRoom(settings, cluster, account, web.events()));
    var topicsOfBrokers = keep(new SysTopics(cluster, account));
    var metrics =
        keep(
            new MetricsRoom(
                settings,
                store,
                web.events(),
                cluster,
                topicsOfBrokers,
                (from, to) ->
                    timeline.changes(from, to).stream()
                        .map(it -> new Marks.Mark(it.time(), it.kind(), it.member(), it.detail()))
                        .toList()));

    own.gauge("event_streams", "Pages and programmes that listen to events.", web::streams);
    own.gauge("sessions", "Logins that last.", web::sessions);
    own.gauge("database_bytes", "What is kept on the disk.", store::size);
    own.gauge(
        "cluster_sight_age_seconds",
        "How old the latest sight of the cluster is.",
        () -> Duration.between(cluster.sight().at(), Instant.now()).toMillis() / 1e3);
    own.gauge(
        "cluster_reachable",
        "Whether any agent or broker answers.",
        () -> cluster.sight().reachable() ? 1 : 0);

    var support =
        new SupportRoom(
            settings,
            Main.version(),
            store,
            cluster,
            workload,
            List.of(
                new Part("center/metrics.txt", own::page),
                new Part(
                    "center/audit.json",
                    () -> web.audited(Instant.now().minus(Duration.ofDays(1)), 5_000)),
                new Part(
                    "cluster/timeline.json",
                    () ->
                        timeline.find(
                            new Timeline.Query("", "", Instant.EPOCH, Instant.now(), 0, 1_000)))));

    var topics = keep(new TopicsRoom(Addresses.of(cluster), account));
    var talk = keep(new TalkRoom(Addresses.of(cluster), account));
    var check = new CheckRoom(settings, cluster, account);
    var rooms = new ArrayList<Room>();
    // One line for each room.
    rooms.add(new ClusterRoom(settings, cluster, timeline));
    rooms.add(new TimelineRoom(timeline));
    rooms.add(metrics);
    rooms.add(own);
    rooms.add(new BrokersRoom(settings, cluster, workload, inspection, web.events()));
    rooms.add(clients);
    rooms.add(support);
    rooms.add(new SecurityRoom(security));
    rooms.add(new BackupRoom(settings, security, cluster, account));
    rooms.add(topics);
    rooms.add(talk);
    rooms.add(check);
    server = keep(web.start(rooms));
    metrics.start();
  }

  /** Starts it; it listens when this returns. */
  public static Center start(Settings settings) {
    return new Center(settings);
  }

  public Server server() {
    return server;
  }

  private <T extends AutoCloseable> T keep(T part) {
    opened.push(part);
    return part;
  }

  /** Closes what was opened, the last first. */
  @Override
  public void close() {
    while (!opened.isEmpty()) {
      try {
        opened.pop().close();
      } catch (Exception e) {
        System.err.println("management-center: while closing: " + e);
      }
    }
  }
}
