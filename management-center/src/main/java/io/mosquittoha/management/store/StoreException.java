package io.mosquittoha.management.store;

/** The database can't be read or written: the volume is gone, full, or the file is damaged. */
public final class StoreException extends RuntimeException {

  private static final long serialVersionUID = 1;

  StoreException(String message, Exception cause) {
    super(message, cause);
  }
}
