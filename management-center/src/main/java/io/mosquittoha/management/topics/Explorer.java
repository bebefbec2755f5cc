package io.mosquittoha.management.topics;

import io.mosquittoha.management.mqtt.Account;
import io.mosquittoha.management.mqtt.Addresses;
import io.mosquittoha.management.mqtt.Connection;
import io.mosquittoha.management.mqtt.Connection.Replay;
import io.mosquittoha.management.mqtt.Connection.Subscription;
import io.mosquittoha.management.mqtt.Message;
import io.mosquittoha.management.mqtt.Payload;
import io.mosquittoha.management.web.EventStream;
import io.mosquittoha.management.web.Problem;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Hears what pages have open, once for all of them, and nothing while there is no page. It has up
 * to two connections to the broker that serves: one that holds what is open, and one that looks at
 * what passes deeper, which it cuts when that is much; and one more for a moment, for the retained
 * messages below what was just opened. See {@link Filters}.
 */
final class Explorer implements AutoCloseable {

  /**
   * How much it takes.
   *
   * @param nodes of the tree
   * @param bytes of the tree
   * @param value bytes of a payload that are kept
   * @param views pages at once
   * @param open topics that one page has open
   * @param filters of all pages together
   * @param kept retained messages that opening a topic may bring
   * @param keptBytes their bytes
   * @param passing messages that may pass in a look at what is deeper
   * @param pause between such looks, once there was too much
   */
  record Limits(
      int nodes,
      long bytes,
      int value,
      int views,
      int open,
      int filters,
      int kept,
      long keptBytes,
      int passing,
      Duration pause) {

    static final Limits USUAL =
        new Limits(
            20_000, 16 << 20, 64 << 10, 40, 60, 400, 5_000, 8 << 20, 2_000, Duration.ofSeconds(20));
  }

  private static final Duration TICK = Duration.ofMillis(250);
  private static final Duration RECONNECT = Duration.ofSeconds(1);
  private static final Duration QUIET = Duration.ofMillis(60);
  private static final Duration LONGEST_LOOK = Duration.ofSeconds(3);
  private static final int LONGEST_WATCHED = 1_024;
  private static final int ROWS = 1_000;
  private static final int ROWS_OF_ONE = 300;

  private final Addresses addresses;
  private final Account account;
  private final Limits limits;
  private final Duration linger;
  private final Map<String, View> views = new HashMap<>();
  private final Semaphore looks = new Semaphore(2);
  private Set<String> open = Set.of();
  private Tree tree;
  private boolean ticking;

  // All below is the ticking thread's own.
  private @Nullable Connection holding;
  private @Nullable Connection passing;
  private @Nullable InetSocketAddress broker;
  private Set<String> held = Set.of();
  private long tryAgain = System.nanoTime();
  private volatile long lookAgain = System.nanoTime();
  private volatile int passed;
  private volatile String state = "";

  /**
   * Connects to nobody before somebody looks.
   *
   * @param linger how long a page may be gone before it is forgotten
   */
  Explorer(Addresses addresses, Account account, Limits limits, Duration linger) {
    this.addresses = addresses;
    this.account = account;
    this.limits = limits;
    this.linger = linger;
    this.tree = tree();
  }

  private Tree tree() {
    return new Tree(limits.nodes(), limits.bytes(), limits.value());
  }

  /** A page's lines; a page that is not known yet begins with the root open. */
  Shown show(String view, String person, String search) {
    synchronized (views) {
      var its = view(view, person);
      var now = System.nanoTime();
      var rows = tree.rows(its.open, its.system, search, ROWS_OF_ONE, ROWS, now);
      return new Shown(rows, tree.size(), tree.bytes(), tree.unknown(), state, its.open.size() - 1);
    }
  }

  /** Those of a page's lines that changed since it asked last. */
  List<Row> changed(String view, String person) {
    synchronized (views) {
      var its = view(view, person);
      var now = System.nanoTime();
      var rows = tree.rows(its.open, its.system, "", ROWS_OF_ONE, ROWS, now);
      its.seen.keySet().retainAll(rows.stream().map(Row::id).toList());
      return tree.changed(rows, its.seen, ROWS, now);
    }
  }

  Optional<Detail> detail(String view, String person, String topic) {
    synchronized (views) {
      view(view, person);
      return tree.find(topic)
          .flatMap(node ->
              node.last.map(message ->
                  new Detail(
                      node.id,
                      message,
                      node.value,
                      node.retained,
                      node.at,
                      node.count,
                      node.rate(System.nanoTime()))));
    }
  }

  /**
   * Shows what is below a topic, and all that leads to it.
   *
   * @throws Problem 400 if it is no topic, 429 if too much is open
   */
  void open(String view, String person, String topic) {
    check(topic);
    var added = new ArrayList<String>();
    synchronized (views) {
      var its = view(view, person);
      for (var slash = topic.indexOf('/'); slash >= 0; slash = topic.indexOf('/', slash + 1)) {
        added.add(topic.substring(0, slash));
      }
      added.add(topic);
      added.removeIf(its.open::contains);
      if (its.open.size() + added.size() > limits.open() || held.size() > limits.filters()) {
        throw new Problem(
            429, "Too much is open: more is not listened to. Close some topics first.");
      }
      its.open.addAll(added);
      openChanged();
      its.system |= topic.startsWith(Tree.SYSTEM);
      tree.lead(topic);
    }
    for (var each : added) {
      look(each);
    }
  }

  /** Hides what is below a topic. */
  void close(String view, String person, String topic) {
    synchronized (views) {
      var its = view(view, person);
      its.open.removeIf(
          each -> !each.equals(Tree.ROOT) && (each.equals(topic) || each.startsWith(topic + "/")));
      openChanged();
    }
  }

  /** Shows or hides {@code $SYS}. */
  void system(String view, String person, boolean shown) {
    if (!shown) {
      close(view, person, Tree.SYSTEM);
    }
    synchronized (views) {
      view(view, person).system = shown;
      if (shown) {
        tree.lead(Tree.SYSTEM);
        tree.lead(Tree.SYSTEM + "/broker");
      }
    }
  }

  /** Looks once more for what is below a topic; {@link Tree#ROOT} for the whole tree. */
  void again(String view, String person, String topic) {
    synchronized (views) {
      if (!view(view, person).open.contains(topic)) {
        return;
      }
    }
    lookAgain = System.nanoTime();
    look(topic);
  }

  /** Sends each message of a topic to the page from now on; of none if empty. */
  void watch(String view, String person, Optional<String> topic) {
    topic.ifPresent(Explorer::check);
    synchronized (views) {
      view(view, person).watch(topic);
    }
  }

  /** The page listens; when it does not any more, it is forgotten after a while. */
  void attach(String view, String person, List<String> open, EventStream stream) {
    synchronized (views) {
      var its = view(view, person);
      its.stream.ifPresent(EventStream::close);
      its.stream = Optional.of(stream);
      its.shape = -1;
      its.state = "";
      its.seen.clear();
    }
    for (var topic : open) {
      open(view, person, topic);
    }
    stream.onClose(() -> {
      synchronized (views) {
        var its = views.get(view);
        if (its != null && its.stream.filter(stream::equals).isPresent()) {
          its.stream = Optional.empty();
          its.left = System.nanoTime();
        }
      }
    });
  }

  /** How many pages look, for figures. */
  int pages() {
    synchronized (views) {
      return views.size();
    }
  }

  /** What it holds at present. */
  Set<String> held() {
    synchronized (views) {
      return held;
    }
  }

  private static void check(String topic) {
    if (topic.chars().anyMatch(c -> c == '+' || c == '#' || c == 0) || topic.length() > 4_096) {
      throw new Problem(
          400, "Give the name of a topic: without + and #, of at most 4,096 characters.");
    }
    if (topic.startsWith("$") && !topic.equals(Tree.SYSTEM) && !topic.startsWith("$SYS/")) {
      throw new Problem(400, "Of topics that begin with $, only those below $SYS are shown.");
    }
  }

  private View view(String id, String person) {
    if (!id.matches("[A-Za-z0-9-]{8,64}")) {
      throw new Problem(400, "view: give 8 to 64 letters and digits of your choice.");
    }
    var known = views.get(id);
    if (known != null) {
      if (!known.person.equals(person)) {
        throw new Problem(404, "There is no such view.");
      }
      if (known.stream.isEmpty()) {
        known.left = System.nanoTime();
      }
      return known;
    }
    if (views.size() >= limits.views()) {
      throw new Problem(
          429, "%d pages look at topics already. Close some.".formatted(limits.views()));
    }
    var made = new View(id, person, System.nanoTime());
    views.put(id, made);
    openChanged();
    if (!ticking) {
      ticking = true;
      Thread.ofVirtual().name("topics").start(this::run);
    }
    Thread.startVirtualThread(() -> look(Tree.ROOT));
    return made;
  }

  private void openChanged() {
    var all = new HashSet<String>();
    views.values().forEach(view -> all.addAll(view.open));
    open = all;
    tree.prune(all::contains);
  }

  private void heard(Message message, boolean replayed) {
    synchronized (views) {
      var now = Instant.now();
      tree.heard(message, open::contains, replayed, System.nanoTime(), now);
      if (replayed) {
        return;
      }
      for (var view : views.values()) {
        if (view.watched.filter(message.topic()::equals).isPresent()) {
          var payload = Payload.of(message.payload(), LONGEST_WATCHED);
          view.hear(
              new View.Heard(
                  now.toString(),
                  payload.kind() == Payload.Kind.BINARY
                      ? payload.preview()
                      : payload.text() + (payload.cut() ? "…" : ""),
                  payload.size(),
                  message.qos(),
                  message.retain()));
        }
      }
    }
  }

  private void run() {
    try {
      while (true) {
        boolean nobody;
        synchronized (views) {
          var now = System.nanoTime();
          if (views
              .values()
              .removeIf(view -> view.stream.isEmpty() && now - view.left > linger.toNanos())) {
            openChanged();
          }
          nobody = views.isEmpty();
        }
        if (nobody) {
          disconnect();
          synchronized (views) {
            if (views.isEmpty()) {
              tree = tree();
              state = "";
              ticking = false;
              return;
            }
          }
        }
        connect();
        tell();
        Thread.sleep(TICK);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void connect() throws InterruptedException {
    var serving = addresses.serving();
    var hold = holding;
    if (hold != null && (!hold.open() || serving.isEmpty() || !serving.get().equals(broker))) {
      disconnect();
      hold = null;
    }
    var now = System.nanoTime();
    try {
      if (hold == null) {
        if (now < tryAgain) {
          return;
        }
        tryAgain = now + RECONNECT.toNanos();
        if (serving.isEmpty()) {
          state = "No broker serves at present.";
          return;
        }
        hold =
            account.connect(serving.get(), "topics", message -> heard(message, false), why -> {});
        holding = hold;
        broker = serving.get();
        lookAgain = now;
      }
      hold(hold);
      pass(broker, now);
      if (!state.startsWith("The broker refuses")) {
        state = "";
      }
    } catch (Problem e) {
      state = e.getMessage();
    } catch (Connection.BrokenException e) {
      disconnect();
    }
  }

  private void hold(Connection connection) throws Connection.BrokenException, InterruptedException {
    Set<String> wanted;
    Set<String> had;
    synchronized (views) {
      wanted =
          Filters.held(
              open, views.values().stream().flatMap(view -> view.watched.stream()).toList());
      had = held;
    }
    if (wanted.equals(had)) {
      return;
    }
    var more = new ArrayList<Subscription>();
    for (var filter : wanted) {
      if (!had.contains(filter)) {
        // With QoS 2, so that each comes with the QoS that it was published with.
        more.add(new Subscription(filter, 2, Replay.NONE));
      }
    }
    if (!more.isEmpty()) {
      var refused =
          connection.subscribe(more).stream().filter(reason -> reason.refused()).findFirst();
      state =
          refused
              .map(reason ->
                  "The broker refuses some of it to '%s': %s.".formatted(account.name(), reason))
              .orElse("");
    }
    var less = had.stream().filter(filter -> !wanted.contains(filter)).toList();
    if (!less.isEmpty()) {
      connection.unsubscribe(less);
    }
    synchronized (views) {
      held = wanted;
    }
  }

  /** Looks at what passes deeper, until it is too much. */
  private void pass(@Nullable InetSocketAddress address, long now) throws InterruptedException {
    var look = passing;
    if (look != null && passed > limits.passing()) {
      look.close();
      passing = null;
      lookAgain = now + limits.pause().toNanos();
    } else if ((look == null || !look.open()) && now >= lookAgain && address != null) {
      lookAgain = now + limits.pause().toNanos();
      passed = 0;
      var made = account.connect(address, "look", this::passes, why -> {});
      try {
        made.subscribe(
            Filters.deep().stream()
                .map(filter -> new Subscription(filter, 0, Replay.NONE))
                .toList());
        passing = made;
      } catch (Connection.BrokenException e) {
        made.close();
      }
    }
  }

  private void passes(Message message) {
    // By Netty's one thread.
    passed = passed + 1;
    if (passed <= limits.passing() && !heldAlready(message.topic())) {
      synchronized (views) {
        // Only names: what is open is heard by the other connection.
        tree.heard(message, open::contains, true, System.nanoTime(), Instant.now());
      }
    }
  }

  /** Whether an open topic's filter brings it too. */
  private boolean heldAlready(String topic) {
    var parent = topic.substring(0, Math.max(0, topic.lastIndexOf('/')));
    synchronized (views) {
      return open.contains(parent);
    }
  }

  /** Brings the retained messages below a topic, as long as they are not too many. */
  private void look(String topic) {
    Thread.startVirtualThread(() -> {
      try {
        looks.acquire();
        try {
          lookInTurn(topic);
        } finally {
          looks.release();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (Connection.BrokenException | Problem e) {
        // The page says what is wrong with the connection that holds.
      }
    });
  }

  private void lookInTurn(String topic) throws InterruptedException, Connection.BrokenException {
    var address = addresses.serving();
    if (address.isEmpty()) {
      return;
    }
    var came = new long[3];
    try (var connection =
        account.connect(
            address.get(),
            "retained",
            message -> {
              synchronized (came) {
                came[0]++;
                came[1] += message.payload().length + message.topic().length();
                came[2] = System.nanoTime();
                if (came[0] > limits.kept() || came[1] > limits.keptBytes()) {
                  return;
                }
              }
              if (message.retain()) {
                heard(message, true);
              }
            },
            why -> {})) {
      var end = System.nanoTime() + LONGEST_LOOK.toNanos();
      var much = false;
      for (var filter : Filters.kept(topic)) {
        connection.subscribe(List.of(new Subscription(filter, 0, Replay.FIRST)));
        synchronized (came) {
          came[2] = System.nanoTime();
        }
        var quiet = false;
        while (!quiet && !much && connection.open() && System.nanoTime() < end) {
          synchronized (came) {
            much = came[0] > limits.kept() || came[1] > limits.keptBytes();
            quiet = System.nanoTime() - came[2] > QUIET.toNanos();
          }
          if (!quiet && !much) {
            Thread.sleep(10);
          }
        }
        if (much || System.nanoTime() >= end) {
          much = true;
          break;
        }
      }
      synchronized (views) {
        tree.unfinished(topic, much);
      }
    }
  }

  /** Tells pages that something changed; they ask for what they show of it. */
  private void tell() {
    synchronized (views) {
      for (var view : views.values()) {
        if (view.stream.isEmpty()) {
          continue;
        }
        var stream = view.stream.get();
        if (view.shape != tree.shape()) {
          view.shape = tree.shape();
          stream.send("shape", "");
        }
        if (view.changes != tree.changes()) {
          view.changes = tree.changes();
          stream.send("values", "");
        }
        if (!view.state.equals(state)) {
          view.state = state;
          stream.send("shape", "");
        }
        view.batch().ifPresent(batch -> stream.send("watched", batch));
      }
    }
  }

  private void disconnect() {
    for (var connection : new Connection[] {holding, passing}) {
      if (connection != null) {
        connection.close();
      }
    }
    holding = null;
    passing = null;
    synchronized (views) {
      held = Set.of();
    }
  }

  @Override
  public void close() {
    synchronized (views) {
      views.values().forEach(view -> view.stream.ifPresent(EventStream::close));
      views.clear();
    }
  }
}
