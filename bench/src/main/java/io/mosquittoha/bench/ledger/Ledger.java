package io.mosquittoha.bench.ledger;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * Every message that was acknowledged, and who received it. Publishers number their messages from
 * 0; a message is acknowledged when the broker has said that it is its own now: PUBACK, or PUBREC
 * with QoS 2.
 *
 * <p>Not safe for use from several threads.
 */
public final class Ledger {
  private static final int EXAMPLES = 10;

  /** Who publishes, at which quality of service. */
  public record Author(String name, int qos) {}

  private static final class Page {
    private final BitSet received = new BitSet();
    private int highest = -1;
    private long duplicates;
    private long reordered;
  }

  private final List<Author> authors = new ArrayList<>();
  private final List<BitSet> acknowledged = new ArrayList<>();
  private final List<String> readers = new ArrayList<>();
  private final List<List<Page>> pages = new ArrayList<>();
  private final List<String> sessionsLost = new ArrayList<>();
  private final List<String> examples = new ArrayList<>();
  private long sessionsPresent;
  private long breaches;
  private long refused;

  /** Adds a publisher; the result is its number. */
  public int author(String name, int qos) {
    authors.add(new Author(name, qos));
    acknowledged.add(new BitSet());
    pages.forEach(book -> book.add(new Page()));
    return authors.size() - 1;
  }

  /**
   * Adds a subscriber, who is to receive all messages of all publishers; the result is its number.
   */
  public int reader(String name) {
    readers.add(name);
    var book = new ArrayList<Page>();
    authors.forEach(author -> book.add(new Page()));
    pages.add(book);
    return readers.size() - 1;
  }

  public void acknowledged(int author, int number) {
    acknowledged.get(author).set(number);
  }

  /** The broker said that it will not have a message. */
  public void refused(int author, int number, int reason) {
    refused++;
    example(
        "%s's message %d was refused (reason 0x%02x)"
            .formatted(authors.get(author).name(), number, reason));
  }

  /** A message reached the application of a subscriber. */
  public void received(int reader, int author, int number) {
    if (author < 0 || author >= authors.size() || number < 0) {
      breach(readers.get(reader) + " received a message that nobody sent");
      return;
    }
    var page = pages.get(reader).get(author);
    var exactlyOnce = authors.get(author).qos() == 2;
    if (page.received.get(number)) {
      page.duplicates++;
      if (exactlyOnce) {
        example(
            "%s received %s's message %d again (QoS 2)"
                .formatted(readers.get(reader), authors.get(author).name(), number));
      }
      return;
    }
    if (number < page.highest) {
      page.reordered++;
      example(
          "%s received %s's message %d after %d"
              .formatted(readers.get(reader), authors.get(author).name(), number, page.highest));
    }
    page.received.set(number);
    page.highest = Math.max(page.highest, number);
  }

  /** What CONNACK said when a client came back. */
  public void cameBack(String client, boolean sessionPresent) {
    if (sessionPresent) {
      sessionsPresent++;
    } else {
      sessionsLost.add(client);
      example(client + " came back and its session was gone");
    }
  }

  /** The broker did what MQTT forbids. */
  public void breach(String what) {
    breaches++;
    example(what);
  }

  /** Whether all that was acknowledged has reached this subscriber. */
  public boolean complete(int reader) {
    for (var author = 0; author < authors.size(); author++) {
      if (missing(reader, author).cardinality() > 0) {
        return false;
      }
    }
    return true;
  }

  public Verdict verdict() {
    var lost = 0L;
    var duplicates = new long[3];
    var reordered = 0L;
    var received = 0L;
    var told = new ArrayList<>(examples);
    for (var reader = 0; reader < readers.size(); reader++) {
      for (var author = 0; author < authors.size(); author++) {
        var page = pages.get(reader).get(author);
        var missing = missing(reader, author);
        lost += missing.cardinality();
        if (!missing.isEmpty()) {
          told.add(
              "%s never received %d acknowledged message(s) of %s: %s"
                  .formatted(
                      readers.get(reader),
                      missing.cardinality(),
                      authors.get(author).name(),
                      some(missing)));
        }
        duplicates[authors.get(author).qos()] += page.duplicates;
        reordered += page.reordered;
        received += page.received.cardinality();
      }
    }
    return new Verdict(
        acknowledged.stream().mapToLong(BitSet::cardinality).sum(),
        received,
        lost,
        duplicates[2],
        duplicates[1],
        reordered,
        sessionsPresent,
        sessionsLost.size(),
        breaches,
        refused,
        told);
  }

  private BitSet missing(int reader, int author) {
    var missing = (BitSet) acknowledged.get(author).clone();
    missing.andNot(pages.get(reader).get(author).received);
    return missing;
  }

  private static String some(BitSet numbers) {
    var first = numbers.stream().limit(EXAMPLES).mapToObj(Integer::toString).toList();
    return String.join(", ", first) + (numbers.cardinality() > EXAMPLES ? ", …" : "");
  }

  private void example(String text) {
    if (examples.size() < EXAMPLES) {
      examples.add(text);
    }
  }
}
