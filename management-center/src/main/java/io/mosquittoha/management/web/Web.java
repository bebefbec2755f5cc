package io.mosquittoha.management.web;

import io.mosquittoha.management.Settings;
import io.mosquittoha.management.store.Store;
import io.mosquittoha.management.store.StoreException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What all rooms need of this one, and the server that opens them. */
public final class Web implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Web.class);
  private static final int LOOK_SECONDS = 5;

  private final Settings settings;
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("web-clock").daemon().factory());
  private final EventHub events = new EventHub(clock);
  private final AuditTrail audit;
  private final FirstPassword firstPassword;
  private final Access access;
  private final Sessions sessions;
  private final List<Room> own = new ArrayList<>();

  public Web(Settings settings, Store store) {
    this(settings, store, InstantSource.system());
  }

  Web(Settings settings, Store store, InstantSource time) {
    this.settings = settings;
    var json = Server.mapper();
    var passwords = new Passwords();
    var users = new Users(store, passwords, time);
    sessions = new Sessions(store, time);
    var tokens = new Tokens(store, time);
    audit = new AuditTrail(store, json, events, time);
    firstPassword =
        new FirstPassword(
            store, passwords, users, sessions, audit, settings.firstPasswordFile(), time);
    access = new Access(settings, sessions, tokens);
    var accessRoom =
        new AccessRoom(
            access,
            firstPassword,
            users,
            sessions,
            tokens,
            new LoginLimit(time),
            audit,
            events,
            settings.openId().isPresent());
    own.add(events);
    own.add(new HealthRoom(store));
    own.add(accessRoom);
    own.add(new AuditRoom(audit, json));
    settings
        .openId()
        .ifPresent(openId ->
            own.add(
                new SingleSignOnRoom(
                    settings, new SingleSignOn(openId, time), access, accessRoom)));
    clock.scheduleWithFixedDelay(this::prune, 1, 24 * 60, TimeUnit.MINUTES);
  }

  private void lookForFirstPassword() {
    try {
      firstPassword.look();
    } catch (StoreException | Problem e) {
      LOG.error(e.getMessage());
    }
  }

  private void prune() {
    try {
      audit.prune();
    } catch (StoreException e) {
      LOG.error(e.getMessage());
    }
  }

  public Events events() {
    return events;
  }

  public Audit audit() {
    return audit;
  }

  /** How many logins last. */
  public int sessions() {
    return sessions.count();
  }

  /** What people did since then, the latest first. */
  public List<AuditTrail.Entry> audited(Instant since, int limit) {
    return audit.find(
        new AuditTrail.Search("", "", "", Optional.of(since), Optional.empty(), Optional.empty()),
        limit);
  }

  /** How many pages and programmes listen to events now. */
  public int streams() {
    return events.streams();
  }

  /** Opens the rooms, beside those of this package, and listens. */
  public Server start(List<Room> rooms) {
    var all = new ArrayList<Room>(own);
    all.addAll(rooms);
    var server = Server.start(settings, access, audit, all);
    clock.execute(this::lookForFirstPassword);
    server
        .certificate()
        .ifPresent(certificate ->
            clock.scheduleWithFixedDelay(
                certificate::look, LOOK_SECONDS, LOOK_SECONDS, TimeUnit.SECONDS));
    return server;
  }

  @Override
  public void close() {
    clock.shutdownNow();
  }
}
