package io.mosquittoha.management.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConfig.JournalMode;
import org.sqlite.SQLiteConfig.SynchronousMode;
import org.sqlite.SQLiteConfig.TransactionMode;
import org.sqlite.SQLiteOpenMode;

/**
 * {@code center.db} in write-ahead mode: one connection writes, and each commit is synced before it
 * returns; a few others read, each from the moment it began.
 */
public final class SqliteStore implements Store {

  private static final int READERS = 4;
  private static final int CACHE_KIB = 1024;

  private final Path file;
  private final Connection writer;
  private final ReentrantLock writing = new ReentrantLock(true);
  private final Semaphore reading = new Semaphore(READERS, true);
  private final Deque<Connection> idle = new ArrayDeque<>();
  private boolean closed;

  private SqliteStore(Path file, Connection writer) {
    this.file = file;
    this.writer = writer;
  }

  /**
   * Opens the file, or makes it.
   *
   * @param folder is made if it is not there
   * @throws StoreException if it can't be used; the message says what to do
   */
  public static SqliteStore open(Path folder) {
    var file = folder.resolve("center.db");
    try {
      Files.createDirectories(folder);
      var connection = connect(file, false);
      try {
        var store = new SqliteStore(file, connection);
        store.write(c -> {
          try (var statement = c.createStatement()) {
            return statement.execute(
                "CREATE TABLE IF NOT EXISTS schema_parts"
                    + " (part TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT");
          }
        });
        return store;
      } catch (RuntimeException e) {
        connection.close();
        throw e;
      }
    } catch (IOException | SQLException e) {
      throw new StoreException(
          "%s cannot be opened: %s. Check that the folder's volume is mounted, writable and not full"
              .formatted(file, e.getMessage()),
          e);
    }
  }

  private static Connection connect(Path file, boolean readOnly) throws SQLException {
    var config = new SQLiteConfig();
    config.setJournalMode(JournalMode.WAL);
    config.setSynchronous(SynchronousMode.FULL);
    config.setTransactionMode(readOnly ? TransactionMode.DEFERRED : TransactionMode.IMMEDIATE);
    config.enforceForeignKeys(true);
    config.setBusyTimeout(5_000);
    config.setCacheSize(-CACHE_KIB);
    if (readOnly) {
      // A file that is lost must not come back empty.
      config.resetOpenMode(SQLiteOpenMode.CREATE);
    }
    var connection = config.createConnection("jdbc:sqlite:" + file.toAbsolutePath());
    try (var statement = connection.createStatement()) {
      statement.execute("PRAGMA journal_size_limit=4194304");
      statement.execute("PRAGMA trusted_schema=OFF");
      if (readOnly) {
        statement.execute("PRAGMA query_only=ON");
      }
    }
    connection.setAutoCommit(false);
    return connection;
  }

  @Override
  public void migrate(String part, int version, String... statements) {
    write(connection -> {
      try (var query =
          connection.prepareStatement("SELECT version FROM schema_parts WHERE part = ?")) {
        query.setString(1, part);
        try (var rows = query.executeQuery()) {
          if (rows.next() && rows.getInt(1) >= version) {
            return false;
          }
        }
      }
      try (var statement = connection.createStatement()) {
        for (var sql : statements) {
          statement.execute(sql);
        }
      }
      try (var update =
          connection.prepareStatement("INSERT OR REPLACE INTO schema_parts VALUES (?, ?)")) {
        update.setString(1, part);
        update.setInt(2, version);
        return update.executeUpdate() == 1;
      }
    });
  }

  @Override
  public <T> T write(Work<T> work) {
    writing.lock();
    try {
      return transaction(writer, work);
    } catch (SQLException e) {
      throw failed("written", e);
    } finally {
      writing.unlock();
    }
  }

  @Override
  public <T> T read(Work<T> work) {
    reading.acquireUninterruptibly();
    try {
      var connection = borrow();
      try {
        return transaction(connection, work);
      } finally {
        giveBack(connection);
      }
    } catch (SQLException e) {
      throw failed("read", e);
    } finally {
      reading.release();
    }
  }

  private static <T> T transaction(Connection connection, Work<T> work) throws SQLException {
    T result;
    try {
      result = work.with(connection);
    } catch (SQLException | RuntimeException | Error e) {
      try {
        connection.rollback();
      } catch (SQLException f) {
        e.addSuppressed(f);
      }
      throw e;
    }
    try {
      connection.commit();
    } catch (SQLException e) {
      connection.rollback();
      throw e;
    }
    return result;
  }

  private Connection borrow() throws SQLException {
    synchronized (idle) {
      if (closed) {
        throw new SQLException("it is closed");
      }
      var connection = idle.poll();
      if (connection != null) {
        return connection;
      }
    }
    return connect(file, true);
  }

  private void giveBack(Connection connection) throws SQLException {
    synchronized (idle) {
      if (!closed) {
        idle.push(connection);
        return;
      }
    }
    connection.close();
  }

  private StoreException failed(String how, SQLException e) {
    return new StoreException(
        "The database cannot be %s: %s. Check that the volume of %s is there and not full"
            .formatted(how, e.getMessage(), file.getParent()),
        e);
  }

  @Override
  public boolean isThere() {
    return Files.isWritable(file);
  }

  @Override
  public long size() {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    synchronized (idle) {
      closed = true;
      for (var connection : idle) {
        close(connection);
      }
      idle.clear();
    }
    writing.lock();
    try {
      close(writer);
    } finally {
      writing.unlock();
    }
  }

  private static void close(Connection connection) {
    try {
      connection.close();
    } catch (SQLException e) {
      // Nothing is lost: whatever was confirmed is on the disk.
    }
  }
}
