package io.mosquittoha.management.web;

import io.mosquittoha.management.Settings;
import io.mosquittoha.management.store.Store;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.slf4j.LoggerFactory;

/** What all rooms need of this one, and the server that opens them. */
public final class Web implements AutoCloseable {

  private final Settings settings;
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("web-clock").daemon().factory());
  private final EventHub events = new EventHub(clock);
  private final Access access = new Access();
  private final Audit audit =
      (who, action, target, before, after) ->
          LoggerFactory.getLogger(Audit.class).info("{} {} {}", who.name(), action, target);

  public Web(Settings settings, Store store) {
    this.settings = settings;
  }

  public Events events() {
    return events;
  }

  public Audit audit() {
    return audit;
  }

  /** How many pages and programmes listen to events now. */
  public int streams() {
    return events.streams();
  }

  /** Opens the rooms, beside those of this package, and listens. */
  public Server start(List<Room> rooms) {
    var all = new ArrayList<Room>();
    all.add(events);
    all.addAll(rooms);
    return Server.start(settings, access, audit, all);
  }

  @Override
  public void close() {
    clock.shutdownNow();
  }
}
