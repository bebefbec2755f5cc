package io.mosquittoha.agent.replication;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Entries after a base that the state machine already has. In memory; bounded by {@link #trim}. */
final class Log {

  /** An entry, and the bytes of all entries up to it. */
  private record Slot(Entry entry, long total) {}

  private final List<@Nullable Slot> slots = new ArrayList<>();
  private int first; // of the slots that are left; the others are removed in one go
  private Position base;
  private long baseNumber;
  private long baseTotal;

  Log(Position base, long baseNumber, Collection<Entry> entries) {
    this.base = base;
    this.baseNumber = baseNumber;
    entries.forEach(this::add);
  }

  Position base() {
    return base;
  }

  Position last() {
    return isEmpty() ? base : at(base.index() + size()).position();
  }

  long baseNumber() {
    return baseNumber;
  }

  /** The number of the last event in the log or before it. */
  long lastNumber() {
    return isEmpty() ? baseNumber : at(base.index() + size()).number();
  }

  /** Of the entries that it holds. */
  long bytes() {
    return total(last().index()) - baseTotal;
  }

  void add(Entry entry) {
    var last = last().index();
    if (entry.index() != last + 1) {
      throw new IllegalStateException("entry " + entry.index() + " cannot follow " + last);
    }
    slots.add(new Slot(entry, total(last) + entry.bytes()));
  }

  Entry at(long index) {
    return slot(index).entry();
  }

  boolean has(long index) {
    return index > base.index() && index <= base.index() + size();
  }

  /** The position at an index that is the base or in the log. */
  Position positionAt(long index) {
    return index == base.index() ? base : at(index).position();
  }

  /** Whether this log is the leader's up to a position. */
  boolean matches(Position position) {
    if (position.index() < base.index()) {
      return true; // What was applied was committed, and what is committed is the same everywhere.
    }
    return position.index() <= last().index()
        && positionAt(position.index()).epoch() == position.epoch();
  }

  /** Entries from an index, at least one if there is any, up to so many bytes. */
  List<Entry> from(long index, long maxBytes) {
    var found = new ArrayList<Entry>();
    var sum = 0L;
    for (var i = index; has(i) && (found.isEmpty() || sum < maxBytes); i++) {
      var entry = at(i);
      found.add(entry);
      sum += entry.bytes();
    }
    return found;
  }

  /** The bytes of the entries after one index and up to another. */
  long bytesBetween(long after, long upTo) {
    return total(upTo) - total(after);
  }

  void truncate(long lastIndex) {
    while (!isEmpty() && base.index() + size() > lastIndex) {
      slots.removeLast();
    }
  }

  /** Forgets the oldest entries up to an index until the rest is small enough. */
  void trim(long upTo, long keepBytes) {
    while (!isEmpty() && base.index() < upTo && bytes() > keepBytes) {
      var oldest = slot(base.index() + 1);
      slots.set(first++, null);
      base = oldest.entry().position();
      baseNumber = oldest.entry().number();
      baseTotal = oldest.total();
    }
    if (first > 1024 && first > slots.size() / 2) {
      slots.subList(0, first).clear();
      first = 0;
    }
  }

  void reset(Position newBase, long number) {
    slots.clear();
    first = 0;
    base = newBase;
    baseNumber = number;
    baseTotal = 0;
  }

  private int size() {
    return slots.size() - first;
  }

  private boolean isEmpty() {
    return size() == 0;
  }

  private Slot slot(long index) {
    var slot = slots.get(first + (int) (index - base.index() - 1));
    if (slot == null) {
      throw new IllegalStateException("entry " + index + " was trimmed");
    }
    return slot;
  }

  private long total(long index) {
    return index <= base.index()
        ? baseTotal
        : slot(Math.min(index, base.index() + size())).total();
  }
}
