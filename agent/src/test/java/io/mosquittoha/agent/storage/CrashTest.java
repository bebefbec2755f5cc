package io.mosquittoha.agent.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosquittoha.agent.replication.Entry;
import io.mosquittoha.agent.replication.Member;
import io.mosquittoha.agent.replication.Position;
import io.mosquittoha.agent.replication.Snapshot;
import io.mosquittoha.agent.replication.View;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Random histories, crashes at any operation on a file; a model knows what must be there. */
@Timeout(300)
class CrashTest {

  private static final int SEEDS = Integer.getInteger("storage.seeds", 150);
  private static final long FIRST = Long.getLong("storage.seed", 1);
  private static final int LIVES = 6;
  private static final DiskStorage.Limits SMALL = new DiskStorage.Limits(700, 400, 900, 1_500);

  private static final Logger LOG = Logger.getLogger(DiskStorage.class.getName());

  @TempDir Path temporary;

  @BeforeAll
  static void silence() {
    LOG.setLevel(Level.OFF); // Each crash is an error to the storage.
  }

  @AfterAll
  static void speak() {
    LOG.setLevel(null);
  }

  /** What the log says after a change. */
  private record State(Position last, long epoch, Optional<View> view) {}

  /** What was done, and how much of it must have survived. */
  private static final class Model {
    final Map<Position, Long> hashes = new HashMap<>(Map.of(Position.START, 0L));
    final List<State> states = new ArrayList<>();
    final ArrayList<Entry> log = new ArrayList<>(); // after the machine's position
    ChainMachine machine = new ChainMachine();
    long number;
    int least; // index of the first state that may be found
    Position reported = Position.START;

    State now() {
      return states.getLast();
    }

    void add(Position last, long epoch, Optional<View> view) {
      states.add(new State(last, epoch, view));
    }

    void everythingIsSafe() {
      least = states.size() - 1;
    }

    void reported(Position position) {
      reported = position;
      for (var i = states.size() - 1; i > least; i--) {
        // The first state that ends there; later ones may have removed something again.
        if (states.get(i).last().equals(position)
            && !states.get(i - 1).last().equals(position)
            && states.get(i - 1).last().index() < position.index()) {
          least = i;
          return;
        }
      }
    }
  }

  @Test
  void storage_whenItCrashesAnywhere_thenWhatWasSafeIsThereAndNothingElse() throws Exception {
    var crashes = 0;
    for (var seed = FIRST; seed < FIRST + SEEDS; seed++) {
      try {
        crashes += history(seed);
      } catch (Throwable e) {
        throw new AssertionError("seed " + seed, e);
      }
    }
    assertThat(crashes).as("crashes").isGreaterThan(SEEDS);
  }

  private int history(long seed) throws Exception {
    var random = new Random(seed);
    var folder = temporary.resolve(seed + "/replica");
    var volume = new FragileVolume(temporary.resolve(seed + "/graveyard"), seed);
    var model = new Model();
    model.add(Position.START, 0, Optional.empty());
    var crashes = 0;
    Optional<String> incarnation = Optional.empty();
    for (var life = 0; life < LIVES; life++) {
      if (random.nextInt(4) > 0) {
        volume.crashAfter(random.nextInt(life == 0 ? 12 : 60) + 1);
      }
      DiskStorage storage = null;
      try {
        storage = new DiskStorage(folder, volume, SMALL);
        incarnation.ifPresent(assertThat(storage.incarnation())::isEqualTo);
        incarnation = Optional.of(storage.incarnation());
        verify(storage, model);
        live(storage, model, random);
      } catch (StorageException e) {
        if (!volume.hasCrashed()) {
          throw e;
        }
      } finally {
        if (storage != null) {
          storage.close();
        }
      }
      if (volume.hasCrashed()) {
        crashes++;
      } else {
        model.everythingIsSafe(); // It was closed.
      }
      volume.aftermath(random.nextBoolean());
    }
    try (var storage = new DiskStorage(folder, volume, SMALL)) {
      verify(storage, model);
    }
    return crashes;
  }

  /** Loads, compares with the model, and makes the model what was found. */
  private static void verify(DiskStorage storage, Model model) {
    var machine = new ChainMachine();
    var found = storage.load(machine);
    assertThat(machine.at).as("the state machine's position").isEqualTo(found.base());
    assertThat(model.hashes).as("states").containsEntry(found.base(), machine.hash);
    var last = found.base();
    var hash = machine.hash;
    var number = found.number();
    for (var entry : found.entries()) {
      assertThat(entry.index()).isEqualTo(last.index() + 1);
      last = new Position(entry.index(), entry.epoch());
      hash = ChainMachine.chain(hash, entry);
      assertThat(model.hashes).as("entries").containsEntry(last, hash);
      number = entry.number();
    }
    assertThat(found.committed()).isBetween(found.base().index(), last.index());
    var state = new State(last, found.epoch(), found.view());
    assertThat(model.states.subList(model.least, model.states.size()))
        .as("states that may be found, after %s was reported", model.reported)
        .contains(state);
    model.states.clear();
    model.states.add(state);
    model.least = 0;
    model.log.clear();
    model.log.addAll(found.entries());
    model.machine = machine;
    model.number = number;
    while (machine.at.index() < found.committed()) {
      machine.apply(model.log.removeFirst());
    }
  }

  /** One life: all calls under a lock that also the reports take, as the replica does. */
  private static void live(DiskStorage storage, Model model, Random random) throws Exception {
    var reports = new ArrayList<Position>();
    storage.start(
        position -> {
          synchronized (model) {
            reports.add(position);
            model.reported(position);
          }
        },
        failure -> {});
    synchronized (model) {
      enter(storage, model); // Entries of the life before that were lost may not come again.
    }
    for (var step = random.nextInt(120); step >= 0; step--) {
      synchronized (model) {
        step(storage, model, random);
      }
      if (random.nextInt(8) == 0) {
        TimeUnit.MICROSECONDS.sleep(random.nextInt(400));
      }
    }
  }

  private static void step(DiskStorage storage, Model model, Random random) {
    var now = model.now();
    switch (random.nextInt(20)) {
      case 0 -> enter(storage, model);
      case 1 -> {
        var leader = new Member("m-" + random.nextInt(3), "i" + random.nextInt());
        var view = new View("c", now.epoch(), random.nextLong(), leader, List.of(leader));
        model.add(now.last(), now.epoch(), Optional.of(view));
        storage.view(view);
      }
      case 2 -> {
        if (!model.log.isEmpty()) {
          truncate(storage, model, random);
        }
      }
      case 3, 4 -> {
        if (storage.wantsSnapshot() || random.nextBoolean()) {
          storage.compact(
              new Snapshot("c", model.machine.at, model.number, model.machine.records()));
        }
      }
      case 5 -> {
        if (random.nextInt(3) == 0) {
          replaced(storage, model, random);
        }
      }
      case 6, 7, 8, 9 -> {
        for (var more = random.nextInt(6); more > 0 && !model.log.isEmpty(); more--) {
          model.machine.apply(model.log.removeFirst());
        }
        storage.committed(model.machine.at.index());
      }
      default -> {
        var entries = new ArrayList<Entry>();
        for (var more = random.nextInt(4); more >= 0; more--) {
          entries.add(entry(model, random));
        }
        if (storage.append(entries)) {
          model.everythingIsSafe();
        }
      }
    }
  }

  private static void enter(DiskStorage storage, Model model) {
    var now = model.now();
    model.add(now.last(), now.epoch() + 1, now.view());
    storage.epoch(now.epoch() + 1);
    model.everythingIsSafe();
  }

  private static Entry entry(Model model, Random random) {
    var now = model.now();
    var body = new byte[random.nextInt(200)];
    random.nextBytes(body);
    var entry =
        new Entry(now.last().index() + 1, now.epoch(), ++model.number, body);
    var position = new Position(entry.index(), entry.epoch());
    model.hashes.put(position, ChainMachine.chain(model.hashes.get(now.last()), entry));
    model.add(position, now.epoch(), now.view());
    model.log.add(entry);
    return entry;
  }

  /** Another leader's entries take the place of this log's, as when a follower finds a conflict. */
  private static void truncate(DiskStorage storage, Model model, Random random) {
    enter(storage, model);
    var now = model.now();
    for (var less = random.nextInt(model.log.size()) + 1; less > 0; less--) {
      model.log.removeLast();
    }
    var last =
        model.log.isEmpty()
            ? model.machine.at
            : new Position(model.log.getLast().index(), model.log.getLast().epoch());
    model.add(last, now.epoch(), now.view());
    storage.truncate(last.index());
    storage.append(List.of(entry(model, random)));
  }

  private static void replaced(DiskStorage storage, Model model, Random random) {
    enter(storage, model);
    var now = model.now();
    // May be behind what is in the log and was never committed.
    var at = new Position(model.machine.at.index() + 1 + random.nextInt(10), now.epoch());
    var hash = random.nextLong();
    model.hashes.put(at, hash);
    model.add(at, at.epoch(), now.view());
    var records = ChainMachine.records(at, hash, random.nextInt(2_000));
    model.machine = new ChainMachine();
    model.machine.replace(records);
    model.log.clear();
    storage.replaced(new Snapshot("c", at, model.number, records));
    model.everythingIsSafe();
  }
}
