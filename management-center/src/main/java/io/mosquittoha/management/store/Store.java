package io.mosquittoha.management.store;

import java.sql.Connection;
import java.sql.SQLException;

/**
 * The SQLite file. Rooms own their tables: each declares them by {@link #migrate}, and speaks SQL.
 * What {@link #write} returned from survives a kill and a power cut.
 */
public interface Store extends AutoCloseable {

  /** Runs these statements if this part of the schema does not have that version yet. */
  void migrate(String part, int version, String... statements);

  /** Work with a connection. */
  @FunctionalInterface
  interface Work<T> {
    T with(Connection connection) throws SQLException;
  }

  /**
   * One transaction; one at a time. Synced to the disk before it returns; undone if the work
   * throws. Work must not write or read through the store itself.
   *
   * @throws StoreException if it could not be done: pages answer 503 to it
   */
  <T> T write(Work<T> work);

  /** Reads; never waits for writers. */
  <T> T read(Work<T> work);

  /** Whether the file is still where it was opened. */
  boolean isThere();

  /** Bytes of the file. */
  long size();

  @Override
  void close();
}
