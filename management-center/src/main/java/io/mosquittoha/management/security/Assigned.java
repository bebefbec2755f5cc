package io.mosquittoha.management.security;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * That an account or group has a role, or an account is in a group.
 *
 * @param name of the role or group
 * @param priority higher is asked first; {@link #NONE} if none was given
 */
public record Assigned(String name, int priority) {

  /** The priority of what was given none. */
  public static final int NONE = -1;

  /** The least and the highest that the broker keeps: it caps what is beyond. */
  public static final int MOST = 100_000;

  /** The order in which the broker asks: by priority, and among equals by the name's bytes. */
  private static final Comparator<Assigned> ORDER =
      Comparator.comparingInt(Assigned::priority)
          .reversed()
          .thenComparing(
              (one, other) -> Arrays.compareUnsigned(bytes(one.name), bytes(other.name)));

  public Assigned(String name) {
    this(name, NONE);
  }

  /** The priority for a reader: "" if none was given. */
  public String priorityText() {
    return priority == NONE ? "" : Integer.toString(priority);
  }

  static List<Assigned> ordered(Collection<Assigned> all) {
    return all.stream().sorted(ORDER).toList();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
