package io.mosquittoha.management.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteStoreTest {

  @TempDir Path folder;

  /** Writes numbers, and says each when it was told that it is on the disk. */
  public static final class Writer {
    public static void main(String[] arguments) {
      var store = SqliteStore.open(Path.of(arguments[0]));
      store.migrate("test", 1, "CREATE TABLE IF NOT EXISTS numbers (number INTEGER) STRICT");
      for (var i = 0; ; i++) {
        var number = i;
        store.write(connection -> insert(connection, number));
        System.out.println(number);
        System.out.flush();
      }
    }
  }

  private static int insert(Connection connection, int number) throws SQLException {
    try (var insert = connection.prepareStatement("INSERT INTO numbers VALUES (?)")) {
      insert.setInt(1, number);
      return insert.executeUpdate();
    }
  }

  private static Set<Integer> numbers(Store store) {
    return store.read(connection -> {
      var numbers = new HashSet<Integer>();
      try (var query = connection.prepareStatement("SELECT number FROM numbers");
          var rows = query.executeQuery()) {
        while (rows.next()) {
          numbers.add(rows.getInt(1));
        }
      }
      return numbers;
    });
  }

  @RepeatedTest(3)
  void write_whenTheProcessIsKilledWhileItWrites_thenAllThatReturnedIsThere() throws Exception {
    var process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Writer.class.getName(),
                folder.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    var confirmed = new HashSet<Integer>();
    try (var reader = new BufferedReader(new InputStreamReader(process.getInputStream()))) {
      for (var line = reader.readLine(); line != null; line = reader.readLine()) {
        confirmed.add(Integer.parseInt(line));
        if (confirmed.size() == 100) {
          // SIGKILL; what it said meanwhile is still read.
          process.toHandle().destroyForcibly();
        }
      }
    }

    try (var store = SqliteStore.open(folder)) {
      assertThat(confirmed).hasSizeGreaterThanOrEqualTo(100);
      assertThat(numbers(store)).containsAll(confirmed);
      assertThat(integrity(store)).isEqualTo("ok");
    }
  }

  private static String integrity(Store store) {
    return store.read(connection -> {
      try (var query = connection.prepareStatement("PRAGMA integrity_check");
          var rows = query.executeQuery()) {
        rows.next();
        return rows.getString(1);
      }
    });
  }

  @Test
  void write_whenTheWorkThrows_thenNothingOfItIsKept() {
    try (var store = SqliteStore.open(folder)) {
      store.migrate("test", 1, "CREATE TABLE numbers (number INTEGER) STRICT");

      assertThatThrownBy(() ->
              store.write(connection -> {
                insert(connection, 1);
                throw new IllegalStateException("after that");
              }))
          .isInstanceOf(IllegalStateException.class);

      assertThat(numbers(store)).isEmpty();
    }
  }

  @Test
  void read_whenSomebodyWrites_thenDoesNotWait_andSeesWhatWasBefore() throws Exception {
    try (var store = SqliteStore.open(folder)) {
      store.migrate("test", 1, "CREATE TABLE numbers (number INTEGER) STRICT");
      var writes = new CountDownLatch(1);
      var goOn = new CountDownLatch(1);
      var writer =
          Thread.ofVirtual()
              .start(() ->
                  store.write(connection -> {
                    insert(connection, 1);
                    writes.countDown();
                    try {
                      goOn.await();
                    } catch (InterruptedException e) {
                      throw new IllegalStateException(e);
                    }
                    return 1;
                  }));
      writes.await();

      assertThat(numbers(store)).isEmpty();

      goOn.countDown();
      writer.join();
      assertThat(numbers(store)).containsExactly(1);
    }
  }

  @Test
  void read_whenItTriesToWrite_thenIsRefused() {
    try (var store = SqliteStore.open(folder)) {
      store.migrate("test", 1, "CREATE TABLE numbers (number INTEGER) STRICT");

      assertThatThrownBy(() -> store.read(connection -> insert(connection, 1)))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("readonly");
    }
  }

  @Test
  void migrate_whenThatVersionWasReached_thenDoesNothing() {
    try (var store = SqliteStore.open(folder)) {
      store.migrate("test", 1, "CREATE TABLE numbers (number INTEGER) STRICT");
      store.migrate("test", 1, "this is no SQL");
      store.migrate("test", 2, "INSERT INTO numbers VALUES (7)");
      store.migrate("test", 2, "INSERT INTO numbers VALUES (8)");

      assertThat(numbers(store)).containsExactly(7);
    }
  }

  @Test
  void open_whenTheFileIsNoDatabase_thenSaysWhichFile() throws Exception {
    Files.writeString(
        folder.resolve("center.db"), "this is no database, and long enough".repeat(9));

    assertThatThrownBy(() -> SqliteStore.open(folder))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("center.db");
  }
}
