package io.mosquittoha.agent.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mosquittoha.agent.replication.Entry;
import io.mosquittoha.agent.replication.Member;
import io.mosquittoha.agent.replication.Position;
import io.mosquittoha.agent.replication.Snapshot;
import io.mosquittoha.agent.replication.Storage;
import io.mosquittoha.agent.replication.View;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.LongStream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a folder gives back after whatever happened to it. */
@Timeout(120)
class DiskStorageTest {

  private static final Logger LOG = Logger.getLogger(DiskStorage.class.getName());
  private static final DiskStorage.Limits SMALL = new DiskStorage.Limits(700, 400, 900, 1 << 20);
  private static final DiskStorage.Limits LARGE =
      new DiskStorage.Limits(1 << 20, 1 << 20, 1 << 20, 1 << 20);
  private static final Member SELF = new Member("m-0", "i");
  private static final View VIEW = new View("c", 3, 4, SELF, List.of(SELF, new Member("m-1", "")));

  @TempDir Path temporary;

  private Path folder;
  private FragileVolume volume;
  private final List<Position> durable = new CopyOnWriteArrayList<>();
  private final List<IOException> failures = new CopyOnWriteArrayList<>();

  @BeforeAll
  static void silence() {
    LOG.setLevel(Level.OFF);
  }

  @AfterAll
  static void speak() {
    LOG.setLevel(null);
  }

  @BeforeEach
  void prepare() throws IOException {
    folder = temporary.resolve("replica");
    volume = new FragileVolume(temporary.resolve("graveyard"), 1);
  }

  // What is kept.

  @Test
  void storage_whenItIsNew_thenItHasNothing() {
    try (var storage = open(LARGE)) {
      assertThat(storage.load(new ChainMachine()))
          .isEqualTo(
              new Storage.Found(0, Optional.empty(), Position.START, 0, List.of(), 0));
    }
  }

  @Test
  void storage_whenItIsOpenedAgain_thenItIsTheSameMemberWithTheSameLog() {
    String incarnation;
    try (var storage = begun(LARGE)) {
      incarnation = storage.incarnation();
      storage.epoch(3);
      storage.view(VIEW);
      append(storage, 1, 5);
      storage.committed(4);
      append(storage, 6, 7);
    }
    try (var storage = open(LARGE)) {
      var found = storage.load(new ChainMachine());

      assertThat(storage.incarnation()).isEqualTo(incarnation).matches("[0-9a-f]{16}-[0-9a-f]{8}");
      assertThat(found.epoch()).isEqualTo(3);
      assertThat(found.view()).contains(VIEW);
      assertThat(found.committed()).isEqualTo(4);
      assertThat(texts(found.entries())).isEqualTo(texts(entries(1, 7)));
    }
  }

  @Test
  void entries_whenTheyTakeThePlaceOfOthers_thenThoseAreGone() {
    try (var storage = begun(LARGE)) {
      append(storage, 1, 5);
      storage.truncate(2);
      storage.append(List.of(new Entry(3, 2, 30, new byte[] {3})));
      awaitDurable(new Position(3, 2));
    }
    assertThat(load(LARGE).entries()).extracting(Entry::number).containsExactly(1L, 2L, 30L);
  }

  @Test
  void log_whenASnapshotCoversIt_thenOnlyWhatComesAfterIsKept() throws IOException {
    try (var storage = begun(SMALL)) {
      append(storage, 1, 30);
      assertThat(storage.wantsSnapshot()).isTrue();
      storage.compact(snapshot(10));
      await().until(() -> files("snapshot-").equals(List.of(SnapshotFile.name(10))));
      append(storage, 31, 60);
      storage.compact(snapshot(55));
      assertThat(storage.wantsSnapshot()).isFalse();
      await().until(() -> files("snapshot-").equals(List.of(SnapshotFile.name(55))));
    }
    assertThat(files("log-")).hasSizeLessThanOrEqualTo(3).doesNotContain(Segment.name(1));
    var machine = new ChainMachine();
    var found = load(SMALL, machine);
    assertThat(machine.at).isEqualTo(new Position(55, 1)).isEqualTo(found.base());
    assertThat(texts(found.entries())).isEqualTo(texts(entries(56, 60)));
  }

  @Test
  void state_whenAnotherTakesItsPlace_thenNothingOfItIsLeft() throws IOException {
    try (var storage = begun(SMALL)) {
      append(storage, 1, 30);
      storage.view(VIEW);
      storage.replaced(received(20, 9));
      assertThat(files("log-")).hasSize(1);
      storage.append(List.of(new Entry(21, 9, 8, new byte[3])));
      awaitDurable(new Position(21, 9));
    }
    var machine = new ChainMachine();
    var found = load(SMALL, machine);
    assertThat(machine.hash).isEqualTo(5);
    assertThat(found.base()).isEqualTo(new Position(20, 9));
    assertThat(found.number()).isEqualTo(7);
    assertThat(found.view()).contains(VIEW);
    assertThat(found.entries()).extracting(Entry::index).containsExactly(21L);
  }

  @Test
  void snapshot_whenTheLogIsBehindIt_thenTheLogIsWrittenFirst() throws IOException {
    try (var storage = open(LARGE)) {
      storage.load(new ChainMachine());
      storage.append(entries(1, 10));
      storage.epoch(2);
      storage.truncate(5);
      storage.append(List.of(new Entry(6, 2, 6, new byte[1])));
      storage.compact(snapshot(6, 2)); // Nothing else writes, as it was not started.
      await().until(() -> !files("snapshot-").isEmpty());
      var found = load(copy(), new ChainMachine());
      assertThat(found.base()).isEqualTo(new Position(6, 2));
      assertThat(found.entries()).isEmpty();
    }
  }

  @Test
  void log_whenItEndsBeforeTheSnapshot_thenItGoesOnAfterTheSnapshot() throws IOException {
    try (var storage = begun(LARGE)) {
      append(storage, 1, 10);
      storage.compact(snapshot(10));
      await().until(() -> !files("snapshot-").isEmpty());
    }
    var segment = folder.resolve(Segment.name(1));
    Files.write(segment, Arrays.copyOf(Files.readAllBytes(segment), Format.HEAD));
    try (var storage = begun(LARGE)) {
      append(storage, 11, 12);
    }
    var found = load(LARGE);
    assertThat(found.base()).isEqualTo(new Position(10, 1));
    assertThat(texts(found.entries())).isEqualTo(texts(entries(11, 12)));
  }

  @Test
  void segment_whenItIsBegun_thenItSaysTheEpochAndTheView() throws IOException {
    try (var storage = begun(SMALL)) {
      storage.epoch(3);
      storage.view(VIEW);
      append(storage, 1, 40);
      storage.compact(snapshot(40));
      await().until(() -> files("log-").size() == 1);
    }
    var bytes = Files.readAllBytes(folder.resolve(files("log-").getFirst()));
    assertThat(new String(bytes, StandardCharsets.ISO_8859_1))
        .contains(new String(Format.encode(VIEW), StandardCharsets.ISO_8859_1));
    assertThat(bytes[Format.HEAD + Format.RECORD]).isEqualTo(Format.EPOCH);
  }

  @Test
  void state_whenItIsReplaced_thenWhatWasNotWrittenYetIsNotWrittenAfterIt() throws IOException {
    try (var storage = open(LARGE)) {
      storage.load(new ChainMachine());
      storage.append(entries(1, 3));
      storage.replaced(received(2, 9));
      storage.append(List.of(new Entry(3, 9, 3, new byte[1])));
      storage.epoch(10);
      var found = load(copy(), new ChainMachine());
      assertThat(found.base()).isEqualTo(new Position(2, 9));
      assertThat(found.entries()).extracting(Entry::epoch).containsExactly(9L);
    }
  }

  @Test
  void log_whenItIsLongerThanMemoryShouldHold_thenWhatIsCommittedIsApplied() {
    try (var storage = begun(SMALL)) {
      append(storage, 1, 50);
      storage.committed(40);
      append(storage, 51, 51);
    }
    var machine = new ChainMachine();
    var found = load(new DiskStorage.Limits(700, 400, 900, 500), machine);
    assertThat(found.base()).isEqualTo(machine.at).isEqualTo(new Position(40, 1));
    assertThat(found.number()).isEqualTo(40);
    assertThat(texts(found.entries())).isEqualTo(texts(entries(41, 51)));
  }

  @Test
  void entry_whenItIsLargerThanABatchAndASegment_thenItIsKept() {
    var body = new byte[3 << 20];
    Arrays.fill(body, (byte) 7);
    try (var storage = begun(SMALL)) {
      storage.append(List.of(new Entry(1, 1, 1, body), new Entry(2, 1, 2, body)));
      awaitDurable(new Position(2, 1));
    }
    assertThat(load(SMALL).entries().getLast().body()).isEqualTo(body);
  }

  // When it is safe.

  @Test
  void entries_whenManyAreAppended_thenTheyAreForcedTogether() {
    volume.forceTakes(TimeUnit.MILLISECONDS.toNanos(1));
    try (var storage = begun(LARGE)) {
      var before = volume.forces();
      for (var i = 1; i <= 10_000; i++) {
        assertThat(storage.append(entries(i, i))).isFalse();
      }
      awaitDurable(new Position(10_000, 1));
      assertThat(volume.forces() - before).isBetween(1, 1_000);
    }
  }

  @Test
  void reports_whenEntriesAreAppended_thenTheyComeInOrderAndAfterTheirForce() {
    volume.forceTakes(TimeUnit.MICROSECONDS.toNanos(200));
    var forcesAtReport = new CopyOnWriteArrayList<Integer>();
    try (var storage = open(LARGE)) {
      storage.load(new ChainMachine());
      var before = volume.forces();
      storage.start(
          position -> {
            forcesAtReport.add(volume.forces() - before);
            durable.add(position);
          },
          failures::add);
      for (var i = 1; i <= 500; i++) {
        storage.append(entries(i, i));
      }
      awaitDurable(new Position(500, 1));
    }
    assertThat(durable).isSorted().doesNotHaveDuplicates();
    assertThat(forcesAtReport).isSorted().doesNotHaveDuplicates().first().isEqualTo(1);
  }

  @Test
  void epoch_whenAReportWaitsForItsCaller_thenItIsSafeAllTheSame() throws Exception {
    var replica = new Object();
    var waiting = new CountDownLatch(1);
    try (var storage = open(LARGE)) {
      storage.load(new ChainMachine());
      storage.start(
          position -> {
            waiting.countDown();
            synchronized (replica) {
              durable.add(position);
            }
          },
          failures::add);
      synchronized (replica) {
        storage.append(entries(1, 1));
        waiting.await();
        storage.append(entries(2, 2));
        storage.epoch(5);
        assertThat(load(copy(), new ChainMachine()).epoch()).isEqualTo(5);
        storage.replaced(received(9, 5));
      }
      await().until(() -> durable.contains(new Position(1, 1)));
      assertThat(durable).doesNotContain(new Position(2, 1));
    }
  }

  @Test
  void append_whenAReportMightBeTakenForIt_thenItIsSafeAtOnce() throws Exception {
    var waiting = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    try (var storage = open(LARGE)) {
      storage.load(new ChainMachine());
      storage.start(
          position -> {
            waiting.countDown();
            awaitLatch(goOn);
            durable.add(position);
          },
          failures::add);
      storage.append(entries(1, 3));
      waiting.await();
      storage.replaced(received(1, 1));

      assertThat(storage.append(entries(2, 3))).isTrue();
      assertThat(texts(load(copy(), new ChainMachine()).entries()))
          .isEqualTo(texts(entries(2, 3)));

      goOn.countDown();
      await().until(() -> !storage.append(List.of()));
    }
  }

  @Test
  void entries_whenTheyAreRemovedWhileTheyAreForced_thenTheyAreNotReported() throws Exception {
    var permit = new Semaphore(0);
    try (var storage = begun(LARGE)) {
      var holding = volume.hold(permit);
      storage.append(entries(1, 10));
      holding.await();
      storage.truncate(5);
      storage.append(List.of(new Entry(6, 2, 6, new byte[1])));
      permit.release(100);
      awaitDurable(new Position(6, 2));
      assertThat(durable).doesNotContain(new Position(10, 1));
    }
  }

  @Test
  void epoch_whenTheCallerIsInterrupted_thenTheFilesStayOpen() {
    try (var storage = new DiskStorage(folder)) {
      storage.load(new ChainMachine());
      storage.start(durable::add, failures::add);
      Thread.currentThread().interrupt();
      storage.epoch(5);
      storage.replaced(received(1, 1));
      assertThat(Thread.interrupted()).isTrue();
      append(storage, 2, 3);
    }
    assertThat(load(LARGE).epoch()).isEqualTo(5);
  }

  // When the disk fails.

  @Test
  void disk_whenItIsFull_thenThatIsSaidOnceAndNothingMoreIsReported() {
    try (var storage = begun(LARGE)) {
      append(storage, 1, 10);
      volume.room(100);
      storage.append(entries(11, 20));
      await().until(() -> !failures.isEmpty());
      storage.append(entries(21, 30));
      storage.compact(snapshot(5));
      assertThatThrownBy(() -> storage.epoch(9))
          .isInstanceOf(StorageException.class)
          .hasMessageContaining("No space left on device");
      assertThat(storage.wantsSnapshot()).isFalse();
    }
    assertThat(failures).hasSize(1);
    assertThat(durable).last().isEqualTo(new Position(10, 1));
    volume.room(Long.MAX_VALUE);
    assertThat(texts(load(LARGE).entries())).containsAll(texts(entries(1, 10)));
  }

  @Test
  void snapshot_whenItCannotBeWritten_thenTheLogGoesOnAndItIsTriedAgain() throws IOException {
    try (var storage = begun(SMALL)) {
      append(storage, 1, 30);
      volume.refuse("snapshot");
      storage.compact(snapshot(30));
      append(storage, 31, 60);
      await().until(storage::wantsSnapshot);
      assertThat(files("snapshot-")).isEmpty();
      volume.refuse("nothing");
      storage.compact(snapshot(60));
      await().until(() -> files("snapshot-").equals(List.of(SnapshotFile.name(60))));
    }
    assertThat(failures).isEmpty();
  }

  // When files are not as they were.

  @Test
  void log_whenItIsCutAnywhere_thenWhatIsCompleteIsThere() throws IOException {
    try (var storage = begun(LARGE)) {
      append(storage, 1, 3);
      append(storage, 4, 6);
      append(storage, 7, 10);
    }
    var whole = Files.readAllBytes(folder.resolve(Segment.name(1)));
    var seen = new ArrayList<Integer>();
    for (var length = Format.HEAD; length <= whole.length; length++) {
      Files.write(folder.resolve(Segment.name(1)), Arrays.copyOf(whole, length));
      var found = load(LARGE).entries();
      assertThat(texts(found)).isEqualTo(texts(entries(1, found.size())));
      seen.add(found.size());
      try (var storage = begun(LARGE)) {
        // It goes on after the cut.
        append(storage, found.size() + 1, found.size() + 1);
      }
      assertThat(load(LARGE).entries()).hasSize(found.size() + 1);
    }
    assertThat(seen).isSorted().endsWith(10).contains(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
  }

  @Test
  void log_whenAByteIsFlipped_thenItIsAnErrorOrTheEndOfAWriteThatNobodyWasToldOf()
      throws IOException {
    try (var storage = begun(LARGE)) {
      append(storage, 1, 3);
      append(storage, 4, 6);
      append(storage, 7, 10);
      // As after a crash: without what close() adds.
      copy();
    }
    var file = copied().resolve(Segment.name(1));
    var whole = Files.readAllBytes(file);
    var errors = 0;
    for (var at = 0; at < whole.length; at++) {
      var flipped = whole.clone();
      flipped[at] ^= (byte) (1 << at % 8);
      Files.write(file, flipped);
      try {
        var found = load(copied(), new ChainMachine()).entries();
        assertThat(texts(found)).isEqualTo(texts(entries(1, found.size())));
        assertThat(found).as("entries after a flip at %s", at).hasSizeBetween(6, 9);
      } catch (StorageException e) {
        assertThat(e).hasMessageContaining(Segment.name(1)).hasMessageContaining("aside");
        errors++;
      }
    }
    assertThat(errors).isBetween(whole.length / 2, whole.length - 1);
  }

  @Test
  void log_whenAByteIsFlippedAfterItWasClosed_thenItIsAnError() throws IOException {
    try (var storage = begun(LARGE)) {
      append(storage, 1, 10);
    }
    flipEverywhere(folder.resolve(Segment.name(1)), Format.RECORD + 9);
  }

  @Test
  void log_whenAByteIsFlippedInAnOlderSegment_thenItIsAnError() throws IOException {
    try (var storage = begun(SMALL)) {
      append(storage, 1, 40);
      copy();
    }
    assertThat(files("log-")).hasSizeGreaterThan(2);
    flipEverywhere(copied().resolve(Segment.name(2)), 0);
  }

  @Test
  void log_whenASegmentIsMissing_thenItIsAnError() throws IOException {
    try (var storage = begun(SMALL)) {
      append(storage, 1, 40);
    }
    Files.delete(folder.resolve(Segment.name(2)));
    assertThatThrownBy(() -> load(SMALL))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining(Segment.name(2));
  }

  @Test
  void snapshot_whenAByteIsFlipped_thenTheOneBeforeCountsOrItIsAnError() throws IOException {
    try (var storage = begun(SMALL)) {
      append(storage, 1, 40);
      storage.compact(snapshot(5));
      await().until(() -> files("snapshot-").equals(List.of(SnapshotFile.name(5))));
      copy(); // As if the next had just got its name.
      storage.compact(snapshot(38));
      await().until(() -> files("snapshot-").equals(List.of(SnapshotFile.name(38))));
    }
    var name = SnapshotFile.name(38);
    var alone = folder.resolve(name);
    var whole = Files.readAllBytes(alone);
    for (var at = 0; at < whole.length; at++) {
      var flipped = whole.clone();
      flipped[at] ^= (byte) (1 << at % 8);
      Files.write(alone, flipped);
      assertThatThrownBy(() -> load(SMALL)).isInstanceOf(StorageException.class);
      if (at == 4) {
        continue; // The version: an error in any case.
      }
      Files.write(copied().resolve(name), flipped);
      var found = load(copied(), new ChainMachine());
      assertThat(found.base()).isEqualTo(new Position(5, 1));
      assertThat(texts(found.entries())).isEqualTo(texts(entries(6, 40)));
      assertThat(copied().resolve(name)).doesNotExist();
    }
  }

  @Test
  void receivedSnapshot_whenItIsBroken_thenTheLogBeforeIsNotMixedWithTheOneAfter()
      throws IOException {
    try (var storage = begun(SMALL)) {
      append(storage, 1, 40);
      copy();
      storage.replaced(received(40, 2));
      storage.append(List.of(new Entry(41, 2, 41, new byte[1])));
      awaitDurable(new Position(41, 2));
    }
    // What the replacement removed is there again, and the snapshot is not readable.
    try (var files = Files.list(copied())) {
      for (var file : files.filter(path -> !path.endsWith("lock")).toList()) {
        Files.copy(
            file,
            folder.resolve(file.getFileName()),
            StandardCopyOption.REPLACE_EXISTING);
      }
    }
    Files.write(folder.resolve(SnapshotFile.name(40)), new byte[50]);
    assertThatThrownBy(() -> load(SMALL))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("it goes on after");
  }

  @Test
  void file_whenALaterVersionWroteIt_thenTheErrorSaysSo() throws IOException {
    try (var storage = begun(SMALL)) {
      append(storage, 1, 40);
      storage.compact(snapshot(5));
      await().until(() -> !files("snapshot-").isEmpty());
    }
    var identity = folder.resolve("identity");
    var text = Files.readString(identity);
    for (var name : List.of(files("log-").getLast(), SnapshotFile.name(5))) {
      var file = folder.resolve(name);
      var bytes = Files.readAllBytes(file);
      Files.write(file, ByteBuffer.wrap(bytes.clone()).put(4, (byte) 2).array());
      assertThatThrownBy(() -> load(SMALL))
          .isInstanceOf(StorageException.class)
          .hasMessageContaining(name + " has format version 2");
      Files.write(file, bytes);
    }
    Files.writeString(identity, text.replace("replica 1", "replica 2"));
    assertThatThrownBy(() -> load(SMALL))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("identity has format version 2");
  }

  @Test
  void identity_whenItOrTheLogIsMissing_thenTheMemberDoesNotPretendToHaveEverything()
      throws IOException {
    try (var storage = begun(LARGE)) {
      append(storage, 1, 3);
    }
    var identity = folder.resolve("identity");
    var text = Files.readString(identity);
    Files.delete(identity);
    assertThatThrownBy(() -> load(LARGE)).hasMessageContaining("it is missing, but there is a log");
    Files.writeString(identity, text);
    Files.delete(folder.resolve(Segment.name(1)));
    assertThatThrownBy(() -> load(LARGE)).hasMessageContaining("the log is missing");
  }

  // Whose folder it is.

  @Test
  void folder_whenAnotherAgentHasIt_thenTheErrorSaysSo() {
    var storage = open(LARGE);
    assertThatThrownBy(() -> open(LARGE))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("in use by another agent");
    assertThatThrownBy(() -> DiskStorage.setAside(folder))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("in use by another agent");
    storage.close();
    open(LARGE).close();
  }

  @Test
  void folder_whenItIsSetAside_thenAStrangerBeginsAndTheLastTwoAreKept() throws Exception {
    var incarnations = new ArrayList<String>();
    for (var i = 0; i < 4; i++) {
      try (var storage = begun(LARGE)) {
        incarnations.add(storage.incarnation());
        assertThat(durable).isEmpty();
        append(storage, 1, i + 1);
        var aside = storage.setAside();
        assertThat(aside.getParent()).isEqualTo(temporary);
        assertThat(load(aside, new ChainMachine()).entries()).hasSize(i + 1);
        assertThat(folder).doesNotExist();
      }
      durable.clear();
      TimeUnit.MILLISECONDS.sleep(2);
    }
    assertThat(incarnations).isSorted().doesNotHaveDuplicates();
    try (var left = Files.list(temporary)) {
      assertThat(left.filter(path -> path.getFileName().toString().startsWith("replica")))
          .hasSize(2);
    }
  }

  @Test
  void incarnation_whenTheClockWasPutBack_thenItIsLaterAllTheSame() throws IOException {
    try (var storage = open(LARGE)) {
      storage.setAside();
    }
    String former;
    try (var all = Files.list(temporary)) {
      var aside =
          all.filter(path -> path.getFileName().toString().startsWith("replica-set-aside"))
              .findFirst()
              .orElseThrow();
      former = "00ffffffffffffff-00000000";
      Files.writeString(aside.resolve("identity"), "mosquitto-ha replica 1\n" + former + "\n");
    }
    try (var storage = open(LARGE)) {
      assertThat(storage.incarnation()).isGreaterThan(former);
    }
  }

  @Test
  void memory_whenItBegins_thenItIsAStrangerWithNothingAndEverythingIsSafeAtOnce() {
    var storage = new MemoryStorage();
    assertThat(storage.load(new ChainMachine()).entries()).isEmpty();
    assertThat(storage.append(entries(1, 1))).isTrue();
    assertThat(storage.wantsSnapshot()).isFalse();
    assertThat(storage.incarnation())
        .matches("[0-9a-f]{16}-[0-9a-f]{8}")
        .isNotEqualTo(new MemoryStorage().incarnation());
  }

  // Tools.

  private DiskStorage open(DiskStorage.Limits limits) {
    return new DiskStorage(folder, volume, limits);
  }

  private DiskStorage begun(DiskStorage.Limits limits) {
    var storage = open(limits);
    storage.load(new ChainMachine());
    storage.start(durable::add, failures::add);
    return storage;
  }

  private Storage.Found load(DiskStorage.Limits limits) {
    return load(limits, new ChainMachine());
  }

  private Storage.Found load(DiskStorage.Limits limits, ChainMachine machine) {
    try (var storage = new DiskStorage(folder, volume, limits)) {
      return storage.load(machine);
    }
  }

  private Storage.Found load(Path path, ChainMachine machine) {
    try (var storage = new DiskStorage(path, volume, LARGE)) {
      return storage.load(machine);
    }
  }

  private Path copied() {
    return temporary.resolve("copy");
  }

  private Path copy() throws IOException {
    Files.createDirectories(copied());
    try (var files = Files.list(folder)) {
      for (var file : files.filter(path -> !path.endsWith("lock")).toList()) {
        Files.copy(file, copied().resolve(file.getFileName()));
      }
    }
    return copied();
  }

  private List<String> files(String prefix) throws IOException {
    try (var files = Files.list(folder)) {
      return files
          .map(path -> path.getFileName().toString())
          .filter(name -> name.startsWith(prefix) && !name.endsWith(".tmp"))
          .sorted()
          .toList();
    }
  }

  private void flipEverywhere(Path file, int butTheLast) throws IOException {
    var whole = Files.readAllBytes(file);
    for (var at = 0; at < whole.length - butTheLast; at++) {
      var flipped = whole.clone();
      flipped[at] ^= (byte) (1 << at % 8);
      Files.write(file, flipped);
      assertThatThrownBy(() -> load(file.getParent(), new ChainMachine()))
          .as("flip at %s", at)
          .isInstanceOf(StorageException.class)
          .hasMessageContaining(file.toString());
    }
  }

  private void append(Storage storage, long from, long to) {
    storage.append(entries(from, to));
    awaitDurable(new Position(to, 1));
  }

  private static ConditionFactory await() {
    return Awaitility.with()
        .pollInSameThread()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(1));
  }

  private void awaitDurable(Position position) {
    await().until(() -> durable.contains(position));
  }

  private static void awaitLatch(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static List<Entry> entries(long from, long to) {
    return LongStream.rangeClosed(from, to)
        .mapToObj(i -> new Entry(i, 1, i, ("body " + i).repeat(5).getBytes()))
        .toList();
  }

  private static List<String> texts(List<Entry> entries) {
    return entries.stream()
        .map(e -> e.index() + " " + e.epoch() + " " + e.number() + " " + new String(e.body()))
        .toList();
  }

  private static Snapshot received(long index, long epoch) {
    var at = new Position(index, epoch);
    return new Snapshot("c", at, 7, ChainMachine.records(at, 5, 9));
  }

  private static Snapshot snapshot(long index) {
    return snapshot(index, 1);
  }

  private static Snapshot snapshot(long index, long epoch) {
    var at = new Position(index, epoch);
    return new Snapshot("c", at, index, ChainMachine.records(at, index, 40));
  }
}
