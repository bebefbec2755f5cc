package io.mosquittoha.management.clients;

import io.mosquittoha.management.cluster.ClientQuery;
import io.mosquittoha.management.cluster.ClientQuery.Order;
import io.mosquittoha.management.cluster.ClientQuery.Presence;
import io.mosquittoha.management.web.Problem;
import io.mosquittoha.management.web.Visit;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * What somebody looks for, as it stands in an address.
 *
 * @param text a part of the id, the user's name or the address
 * @param offset how many are passed over
 */
public record Search(
    String text, Presence presence, Order order, boolean descending, int offset, int limit) {

  static final int PAGE = 50;
  static final int LONGEST_TEXT = 200;
  private static final int MOST = 10_000;

  /**
   * From {@code search}, {@code presence}, {@code sort} (with - in front the other way round),
   * {@code offset} and {@code limit}.
   *
   * @throws Problem 400 if one of them is none
   */
  static Search of(Visit visit, int limit) {
    var text = visit.query("search").strip();
    var sort = visit.query("sort");
    var descending = sort.startsWith("-");
    return new Search(
        text.length() > LONGEST_TEXT ? text.substring(0, LONGEST_TEXT) : text,
        one("presence", Presence.values(), visit.query("presence"), Presence.ANY),
        one("sort", Order.values(), descending ? sort.substring(1) : sort, Order.ARRIVAL),
        descending,
        number(visit, "offset", 0, Integer.MAX_VALUE),
        number(visit, "limit", limit, MOST));
  }

  private static <E extends Enum<E>> E one(String what, E[] all, String name, E otherwise) {
    if (name.isEmpty()) {
      return otherwise;
    }
    for (var each : all) {
      if (word(each).equals(name)) {
        return each;
      }
    }
    throw new Problem(
        400,
        "%s is none of %s."
            .formatted(
                what, Arrays.stream(all).map(Search::word).collect(Collectors.joining(", "))));
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  private static int number(Visit visit, String name, int otherwise, int most) {
    var text = visit.query(name);
    if (text.isEmpty()) {
      return otherwise;
    }
    if (!text.matches("\\d{1,9}") || Integer.parseInt(text) > most) {
      throw new Problem(400, "%s has to be a number from 0 to %d.".formatted(name, most));
    }
    return Integer.parseInt(text);
  }

  ClientQuery query() {
    return new ClientQuery(text, presence, order, descending, offset, limit);
  }

  /** For a form's field. */
  public String sort() {
    return order == Order.ARRIVAL ? "" : (descending ? "-" : "") + word(order);
  }

  /** Whether somebody looks for something in particular. */
  public boolean narrowed() {
    return !text.isEmpty() || presence != Presence.ANY;
  }

  /** This search as the end of an address, from {@code ?} on; "" if it is for everything. */
  public String address() {
    var address = new StringBuilder();
    add(address, "search", text);
    add(address, "presence", presence == Presence.ANY ? "" : word(presence));
    add(address, "sort", sort());
    add(address, "offset", offset == 0 ? "" : Integer.toString(offset));
    return address.toString();
  }

  private static void add(StringBuilder address, String name, String value) {
    if (!value.isEmpty()) {
      address
          .append(address.isEmpty() ? '?' : '&')
          .append(name)
          .append('=')
          .append(URLEncoder.encode(value, StandardCharsets.UTF_8));
    }
  }

  /** The same, some further on or back. */
  public Search at(int offset) {
    return new Search(text, presence, order, descending, Math.max(0, offset), limit);
  }

  /** The same, sorted by this; the other way round if it is already. Counts begin with the most. */
  public Search by(Order column) {
    var countsFirst = column == Order.SUBSCRIPTIONS || column == Order.QUEUED;
    var down = order == column ? !descending : countsFirst;
    return new Search(text, presence, column, down, 0, limit);
  }

  /** For {@code aria-sort}. */
  public String direction(Order column) {
    return order != column ? "none" : descending ? "descending" : "ascending";
  }
}
