package io.mosquittoha.management.security;

import java.time.Instant;
import java.util.List;

/**
 * A change that was made here, and can be undone.
 *
 * @param who who made it
 * @param summary one sentence
 * @param passwords accounts that got a password, which nobody can take back
 * @param undone whether it was undone, or is itself one that undid
 */
public record Change(
    long id,
    Instant at,
    String who,
    String summary,
    List<Difference> differences,
    List<String> passwords,
    boolean undone) {

  /** Whether there is anything of it that can be undone. */
  public boolean undoable() {
    return !undone && !differences.isEmpty();
  }
}
