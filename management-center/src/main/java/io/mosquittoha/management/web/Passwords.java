package io.mosquittoha.management.web;

import com.password4j.Argon2Function;
import com.password4j.Password;
import com.password4j.types.Argon2;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Hashes of passwords, by Argon2id. One at a time: each takes its memory, and many that log in at
 * once must not take more than the pod has.
 */
final class Passwords {

  /**
   * The smallest memory of OWASP's equally strong choices (7 MiB with 5 passes is as strong as 19
   * MiB with 2): the library holds twice of it for good.
   */
  private static final int MEMORY_KIB = 7 * 1024;

  private static final int PASSES = 5;
  private static final int LEAST = 10;

  /** Longer ones are refused, and never match. */
  static final int MOST = 256;

  private static final int PATIENCE_SECONDS = 10;

  private final Semaphore turn = new Semaphore(1, true);

  /** What unknown users' passwords are compared with, so that they take as long as known ones. */
  private final Supplier<String> nobodys;

  Passwords() {
    nobodys = new Lazy<>(() -> hash(Secret.fresh()));
  }

  String hash(String password) {
    return inTurn(() ->
        Password.hash(password)
            .addRandomSalt(16)
            .with(Argon2Function.getInstance(MEMORY_KIB, PASSES, 1, 32, Argon2.ID))
            .getResult());
  }

  boolean matches(String password, String hash) {
    if (password.length() > MOST) {
      return false;
    }
    return inTurn(
        () -> Password.check(password, hash).with(Argon2Function.getInstanceFromHash(hash)));
  }

  /** Takes as long as a real comparison, and is always false. */
  boolean matchesNobody(String password) {
    matches(password, nobodys.get());
    return false;
  }

  /**
   * Whether somebody may have it.
   *
   * @throws Problem 400 if it is too weak
   */
  static void check(String user, String password) {
    if (password.length() < LEAST) {
      throw new Problem(400, "The password needs at least %d characters.".formatted(LEAST));
    }
    if (password.length() > MOST) {
      throw new Problem(400, "The password may have at most %d characters.".formatted(MOST));
    }
    if (password.equalsIgnoreCase(user) || password.chars().distinct().count() < 4) {
      throw new Problem(400, "That password is guessed too easily. Choose another.");
    }
  }

  private <T> T inTurn(Supplier<T> work) {
    try {
      if (!turn.tryAcquire(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        throw new Problem(503, "Too many log in at the same time. Try again in a minute.");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Problem(503, "It was interrupted. Try again.");
    }
    try {
      return work.get();
    } finally {
      turn.release();
    }
  }
}
