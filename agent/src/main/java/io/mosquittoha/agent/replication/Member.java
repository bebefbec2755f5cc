package io.mosquittoha.agent.replication;

/**
 * A member in one of its lives.
 *
 * @param name of its pod, for example {@code mosquitto-ha-0}
 * @param incarnation new whenever the member begins without what it had: a stranger with a known name.
 *     Later ones of a name compare greater
 */
public record Member(String name, String incarnation) {

  /** The number at the end of the name; the order of members. 0 if there is none. */
  public int ordinal() {
    var digits = name.substring(name.lastIndexOf('-') + 1);
    return !digits.isEmpty() && digits.length() < 6 && digits.chars().allMatch(Character::isDigit)
        ? Integer.parseInt(digits)
        : 0;
  }

  /** Whether the other life of the same name is over for good. */
  boolean isLaterLifeOf(Member other) {
    return name.equals(other.name) && incarnation.compareTo(other.incarnation) > 0;
  }
}
