package io.mosquittoha.management.talk;

import io.mosquittoha.management.mqtt.Connection;
import io.mosquittoha.management.mqtt.Message;
import io.mosquittoha.management.mqtt.Payload;
import io.mosquittoha.management.mqtt.Reason;
import io.mosquittoha.management.web.EventStream;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One page's client, with its latest messages; older ones are dropped and counted. */
final class Conversation implements AutoCloseable {

  static final int MOST = 200;
  static final int MOST_FILTERS = 20;
  private static final int LONGEST = 16 << 10;

  final String id;
  final String person;
  private final Deque<Entry> entries = new ArrayDeque<>();
  private final Map<String, Integer> filters = new TreeMap<>();
  private Optional<EventStream> stream = Optional.empty();
  private @Nullable Connection connection;
  private String account = "";
  private long left = System.nanoTime();
  private long numbers;
  private long dropped;
  private boolean changed;

  Conversation(String id, String person) {
    this.id = id;
    this.person = person;
  }

  /** Its state and its latest lines, the newest first. */
  synchronized Talk talk() {
    var now = connection;
    var newest = new ArrayList<>(entries);
    return new Talk(
        id,
        now != null && now.open(),
        account,
        now == null ? "" : now.clientId(),
        List.copyOf(
            filters.entrySet().stream()
                .map(f -> new Talk.Filter(f.getKey(), f.getValue()))
                .toList()),
        List.copyOf(newest.reversed()),
        dropped);
  }

  synchronized void connected(Connection made, String as) {
    connection = made;
    account = as;
    filters.clear();
    say(
        Entry.Kind.GOOD,
        "Connected as '%s' with the client id '%s': %s."
            .formatted(as, made.clientId(), Reason.SUCCESS));
  }

  synchronized Optional<Connection> connection() {
    var now = connection;
    return now != null && now.open() ? Optional.of(now) : Optional.empty();
  }

  synchronized boolean full() {
    return filters.size() >= MOST_FILTERS;
  }

  synchronized void subscribed(String filter, int qos, Reason reason) {
    if (reason.refused()) {
      say(Entry.Kind.BAD, "Subscribing to '%s': %s.".formatted(Payload.visible(filter), reason));
    } else {
      filters.put(filter, reason.code());
      say(
          Entry.Kind.GOOD,
          "Subscribed to '%s' with QoS %d: %s.".formatted(Payload.visible(filter), qos, reason));
    }
  }

  synchronized void unsubscribed(String filter, Reason reason) {
    filters.remove(filter);
    say(
        reason.refused() ? Entry.Kind.BAD : Entry.Kind.GOOD,
        "Ended the subscription to '%s': %s.".formatted(Payload.visible(filter), reason));
  }

  synchronized void published(Message message, Reason reason) {
    add(
        reason.refused() ? Entry.Kind.BAD : Entry.Kind.SENT,
        message.qos() == 0 ? "sent; with QoS 0 nobody says whether it arrived" : reason.toString(),
        message);
  }

  synchronized void came(Message message) {
    add(Entry.Kind.CAME, "", message);
  }

  synchronized void ended(String why) {
    say(Entry.Kind.BAD, "The connection ended: %s.".formatted(why));
  }

  synchronized void say(Entry.Kind kind, String words) {
    add(
        new Entry(
            ++numbers,
            Instant.now(),
            kind,
            words,
            "",
            Payload.of(new byte[0], 0),
            0,
            false,
            List.of()));
  }

  private void add(Entry.Kind kind, String words, Message message) {
    var properties = new ArrayList<Message.Property>();
    var its = message.properties();
    if (!its.contentType().isEmpty()) {
      properties.add(new Message.Property("content type", shown(its.contentType())));
    }
    if (!its.responseTopic().isEmpty()) {
      properties.add(new Message.Property("response topic", shown(its.responseTopic())));
    }
    its.correlation()
        .ifPresent(bytes ->
            properties.add(new Message.Property("correlation", Payload.of(bytes, 256).preview())));
    its.expirySeconds()
        .ifPresent(
            seconds -> properties.add(new Message.Property("expires after", seconds + " s")));
    its.user().stream()
        .limit(20)
        .forEach(
            one -> properties.add(new Message.Property(shown(one.name()), shown(one.value()))));
    add(
        new Entry(
            ++numbers,
            Instant.now(),
            kind,
            words,
            message.topic(),
            Payload.of(message.payload(), LONGEST),
            message.qos(),
            message.retain(),
            List.copyOf(properties)));
  }

  private static String shown(String text) {
    return Payload.visible(text.length() > 500 ? text.substring(0, 500) + "…" : text);
  }

  private void add(Entry entry) {
    if (entries.size() == MOST) {
      entries.removeFirst();
      dropped++;
    }
    entries.addLast(entry);
    changed = true;
  }

  synchronized void clear() {
    entries.clear();
    dropped = 0;
    changed = true;
  }

  synchronized void attach(EventStream its) {
    stream.ifPresent(EventStream::close);
    stream = Optional.of(its);
    changed = true;
  }

  synchronized void detach(EventStream its) {
    if (stream.filter(its::equals).isPresent()) {
      stream = Optional.empty();
      left = System.nanoTime();
    }
  }

  /** Tells the page, if there is something new. */
  synchronized void tell() {
    if (changed && stream.isPresent()) {
      changed = false;
      stream.get().send("talk", "");
    }
  }

  synchronized boolean left(long nanos, long linger) {
    return stream.isEmpty() && nanos - left > linger;
  }

  @Override
  public synchronized void close() {
    var now = connection;
    connection = null;
    filters.clear();
    if (now != null) {
      now.close();
    }
  }
}
