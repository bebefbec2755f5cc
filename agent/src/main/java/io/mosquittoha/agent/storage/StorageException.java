package io.mosquittoha.agent.storage;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A member's folder cannot be used. The message says what to do. */
public final class StorageException extends RuntimeException {

  private static final long serialVersionUID = 1;

  StorageException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /** Something in the folder is not as it was written. */
  static StorageException damaged(Path file, String what) {
    return new StorageException(
        file
            + ": "
            + what
            + ". Nothing was changed. Move the folder "
            + file.toAbsolutePath().getParent()
            + " aside; the member then joins as a stranger and gets the state from the others",
        null);
  }

  static StorageException unknownVersion(Path file, int version) {
    return new StorageException(
        file
            + " has format version "
            + version
            + ", and this agent knows version "
            + Format.VERSION
            + ". Run the version of the agent that wrote it, or move the folder "
            + file.toAbsolutePath().getParent()
            + " aside; the member then joins as a stranger",
        null);
  }
}
