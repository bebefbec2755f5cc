package io.mosquittoha.agent.gate;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What a loop holds for commits, in the order in which it was read: so many bytes of that
 * connection may leave when that number is committed. Numbers never fall from one to the next, so a
 * commit looks at those that it frees and one more, however many connections there are.
 *
 * <p>A ring of plain arrays: one is made for nearly every answer of the broker.
 */
final class Marks {

  /** What a mark takes on the heap. */
  static final int COST = 32;

  private static final int LEAST = 1 << 10;
  private static final int KEPT_WHEN_EMPTY = 1 << 14;

  private long[] numbers = new long[LEAST];
  private long[] times = new long[LEAST];
  private int[] bytes = new int[LEAST];
  private @Nullable Connection[] connections = new Connection[LEAST];
  private long head;
  private long tail;
  private int dead;

  boolean isEmpty() {
    return head == tail;
  }

  int size() {
    return (int) (tail - head);
  }

  /** Of the first mark. There must be one. */
  long number() {
    return numbers[at(head)];
  }

  long time() {
    return times[at(head)];
  }

  int bytes() {
    return bytes[at(head)];
  }

  /** Whose the first mark is; null if that has lost its bytes meanwhile. */
  @Nullable Connection connection() {
    var connection = connections[at(head)];
    return connection == null || connection.client.deaf ? null : connection;
  }

  /**
   * Adds a mark, or to the connection's last one if that waits for the same number.
   *
   * @return whether it is a new one
   */
  boolean add(long number, Connection connection, int length, long now) {
    if (connection.marks > 0) {
      int last = at(connection.lastMark);
      if (numbers[last] >= number) {
        bytes[last] += length;
        return false;
      }
    }
    if (size() == numbers.length) {
      resize(2 * numbers.length);
    }
    int i = at(tail);
    // A number that fell would be a fault of the caller; holding too long is the harmless answer.
    numbers[i] = isEmpty() ? number : Math.max(number, numbers[at(tail - 1)]);
    times[i] = now;
    bytes[i] = length;
    connections[i] = connection;
    connection.lastMark = tail;
    connection.marks++;
    tail++;
    return true;
  }

  /** Takes the first mark away. */
  void remove() {
    if (connection() == null) {
      dead--;
    }
    connections[at(head)] = null;
    head++;
    if (isEmpty() && numbers.length > KEPT_WHEN_EMPTY) {
      resize(LEAST);
    }
  }

  /**
   * A connection has lost its bytes. Its marks must not add up while commits stand still and
   * clients come and go.
   *
   * @return how many marks went
   */
  int died(int count) {
    dead += count;
    if (dead <= LEAST || dead <= size() / 2) {
      return 0;
    }
    int before = size();
    long to = head;
    for (long i = head; i < tail; i++) {
      var connection = connections[at(i)];
      if (connection != null && !connection.client.deaf) {
        numbers[at(to)] = numbers[at(i)];
        times[at(to)] = times[at(i)];
        bytes[at(to)] = bytes[at(i)];
        connections[at(to)] = connection;
        connection.lastMark = to;
        to++;
      }
    }
    for (long i = to; i < tail; i++) {
      connections[at(i)] = null;
    }
    tail = to;
    dead = 0;
    return before - size();
  }

  void clear() {
    Arrays.fill(connections, null);
    head = tail;
    dead = 0;
  }

  private int at(long place) {
    return (int) place & numbers.length - 1;
  }

  private void resize(int length) {
    var newNumbers = new long[length];
    var newTimes = new long[length];
    var newBytes = new int[length];
    var newConnections = new Connection[length];
    for (long i = head; i < tail; i++) {
      int to = (int) i & length - 1;
      newNumbers[to] = numbers[at(i)];
      newTimes[to] = times[at(i)];
      newBytes[to] = bytes[at(i)];
      newConnections[to] = connections[at(i)];
    }
    numbers = newNumbers;
    times = newTimes;
    bytes = newBytes;
    connections = newConnections;
  }
}
