package io.mosquittoha.management.web;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** {@code /events}: what changed, to all who have a page open. */
final class EventHub implements Events, Room {

  /** What comes within this time of each other is one event; nobody sees so short a delay. */
  private static final int GATHER_MILLIS = 50;

  /** More pages than operators have; each costs a connection and a thread's stack. */
  private static final int MOST = 500;

  private final ScheduledExecutorService clock;
  private final Set<EventStream> streams = ConcurrentHashMap.newKeySet();
  private final Set<String> pending = new LinkedHashSet<>();

  EventHub(ScheduledExecutorService clock) {
    this.clock = clock;
  }

  @Override
  public void open(Routes routes) {
    routes.stream(
        "/events",
        Role.VIEWER,
        "Stream the names of what changes",
        (visit, stream) -> {
          if (streams.size() >= MOST) {
            throw new Problem(
                503, "%d pages are open already. Close some, and load again.".formatted(MOST));
          }
          streams.add(stream);
          stream.onClose(() -> streams.remove(stream));
          stream.send("hello", "");
        });
  }

  /** How many pages and programmes listen. */
  int streams() {
    return streams.size();
  }

  @Override
  public void changed(String name) {
    synchronized (pending) {
      if (pending.isEmpty() && !clock.isShutdown()) {
        clock.schedule(this::tell, GATHER_MILLIS, TimeUnit.MILLISECONDS);
      }
      pending.add(name);
    }
  }

  private void tell() {
    List<String> names;
    synchronized (pending) {
      names = List.copyOf(pending);
      pending.clear();
    }
    for (var stream : streams) {
      names.forEach(name -> stream.send(name, ""));
    }
  }
}
