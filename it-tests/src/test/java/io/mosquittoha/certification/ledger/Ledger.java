package io.mosquittoha.certification.ledger;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The books of all clients together: what each publisher sent and was told, and what each
 * subscriber got. It judges; clients only write into it. Numbers of a publisher begin at 1.
 */
final class Ledger {

  /** So that a broken release makes a failure that can be read. */
  private static final int MOST_EXAMPLES = 12;

  /** One publisher's page. */
  private static final class Page {
    private final BitSet acknowledged = new BitSet();
    private int sent;
  }

  /** What one subscriber has of one publisher. */
  private static final class Column {
    private final BitSet arrived = new BitSet();
    private int highest;
    private int repeated;
  }

  private final Map<String, Page> publishers = new TreeMap<>();
  private final Set<String> unheard = new TreeSet<>();
  private final Map<String, Map<String, Column>> subscribers = new TreeMap<>();
  private final List<String> complaints = new ArrayList<>();
  private int complained;

  /** Opens a page; what arrives of a publisher that has none is complained about. */
  synchronized void openPublisher(String publisher) {
    publishers.put(publisher, new Page());
    subscribers.values().forEach(columns -> columns.put(publisher, new Column()));
  }

  /** Opens a page for one that no subscriber may hear of. */
  synchronized void openUnheard(String publisher) {
    publishers.put(publisher, new Page());
    unheard.add(publisher);
  }

  /** From now on this subscriber has to get everything. */
  synchronized void openSubscriber(String subscriber) {
    var columns = new TreeMap<String, Column>();
    publishers.keySet().stream()
        .filter(publisher -> !unheard.contains(publisher))
        .forEach(publisher -> columns.put(publisher, new Column()));
    subscribers.put(subscriber, columns);
  }

  synchronized void sent(String publisher, long number) {
    page(publisher).sent = Math.toIntExact(number);
  }

  synchronized void acknowledged(String publisher, long number) {
    page(publisher).acknowledged.set(Math.toIntExact(number));
  }

  private Page page(String publisher) {
    var page = publishers.get(publisher);
    if (page == null) {
      throw new IllegalStateException("publisher " + publisher + " has no page");
    }
    return page;
  }

  /**
   * A subscriber got a message.
   *
   * @param qos with which it was delivered: with 1 it may come again
   */
  synchronized void arrived(String subscriber, String publisher, long number, int qos) {
    var column = subscribers.getOrDefault(subscriber, Map.of()).get(publisher);
    if (column == null) {
      complain("%s got a message that it did not subscribe to, of %s", subscriber, publisher);
      return;
    }
    var index = Math.toIntExact(number);
    if (index < 1 || index > page(publisher).sent) {
      complain("%s got number %d of %s, which was never sent", subscriber, number, publisher);
    } else if (column.arrived.get(index)) {
      column.repeated++;
      if (qos == 2) {
        complain("%s got number %d of %s twice with QoS 2", subscriber, number, publisher);
      }
    } else {
      if (index < column.highest) {
        complain("%s got number %d of %s after %d", subscriber, number, publisher, column.highest);
      }
      column.arrived.set(index);
      column.highest = Math.max(column.highest, index);
    }
  }

  /** Writes down what must not happen. */
  synchronized void complain(String what, Object... about) {
    complained++;
    if (complaints.size() < MOST_EXAMPLES) {
      complaints.add(what.formatted(about));
    }
  }

  /** Begins a new chapter: what was wrong so far was said, and is not to be said again. */
  synchronized void forgive() {
    complaints.clear();
    complained = 0;
    subscribers.forEach((subscriber, columns) ->
        columns.forEach((publisher, column) -> column.arrived.or(page(publisher).acknowledged)));
  }

  /** How many messages the broker acknowledged. */
  synchronized long acknowledged() {
    return publishers.values().stream().mapToLong(page -> page.acknowledged.cardinality()).sum();
  }

  /** How many messages with QoS 1 came more than once, as they may. */
  synchronized long repeated() {
    return subscribers.values().stream()
        .flatMap(columns -> columns.values().stream())
        .mapToLong(column -> column.repeated)
        .sum();
  }

  /** Whether all that was acknowledged has arrived everywhere. */
  synchronized boolean isBalanced() {
    return lost().isEmpty();
  }

  /** Everything that is wrong now, in words; what is still on its way counts as lost. */
  synchronized List<String> faults() {
    var faults = new ArrayList<>(complaints);
    if (complained > complaints.size()) {
      faults.add("… and %d more of these".formatted(complained - complaints.size()));
    }
    faults.addAll(lost());
    return faults;
  }

  private List<String> lost() {
    var lost = new ArrayList<String>();
    subscribers.forEach((subscriber, columns) ->
        columns.forEach((publisher, column) -> {
          var missing = (BitSet) page(publisher).acknowledged.clone();
          missing.andNot(column.arrived);
          if (!missing.isEmpty()) {
            lost.add(
                "%s never got %d acknowledged messages of %s: %s"
                    .formatted(subscriber, missing.cardinality(), publisher, some(missing)));
          }
        }));
    return lost;
  }

  private static String some(BitSet numbers) {
    return numbers.stream()
        .limit(MOST_EXAMPLES)
        .mapToObj(Integer::toString)
        .collect(Collectors.joining(", ", "", numbers.cardinality() > MOST_EXAMPLES ? ", …" : ""));
  }
}
