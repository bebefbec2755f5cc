package io.mosquittoha.management.web;

import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * How often log-ins may fail, per address and per user. A user's bucket fills again by itself, so
 * that somebody else's guesses delay them and never lock them out for long.
 */
final class LoginLimit {

  private static final int MOST_KNOWN = 10_000;

  private final InstantSource clock;
  private final Map<String, Bucket> buckets =
      new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Bucket> eldest) {
          return size() > MOST_KNOWN;
        }
      };

  LoginLimit(InstantSource clock) {
    this.clock = clock;
  }

  private enum Of {
    ADDRESS(20, Duration.ofSeconds(6)),
    USER(10, Duration.ofSeconds(30));

    final int most;
    final Duration refill;

    Of(int most, Duration refill) {
      this.most = most;
      this.refill = refill;
    }
  }

  /** Tries that are left, as of a moment. */
  private record Bucket(double left, Instant at) {}

  /**
   * Takes a try, before the password is looked at: many at the same time get no more than one after
   * the other.
   *
   * @throws TooOften if there is none left
   */
  synchronized void take(String address, String user) {
    check(Of.ADDRESS, address(address), "from this address");
    check(Of.USER, user(user), "for this user");
    add(Of.ADDRESS, address(address), -1);
    add(Of.USER, user(user), -1);
  }

  private void check(Of of, String key, String which) {
    var left = left(of, key);
    if (left < 1) {
      var seconds = Math.max(1, (int) Math.ceil((1 - left) * of.refill.toSeconds()));
      throw new TooOften(
          "Too many log-ins %s failed. Wait %d seconds, then try again.".formatted(which, seconds),
          seconds);
    }
  }

  /** Gives the try back. A user who got in is not held up by guesses of before; an address is. */
  synchronized void succeeded(String address, String user) {
    buckets.remove(user(user));
    add(Of.ADDRESS, address(address), 1);
  }

  private void add(Of of, String key, int tries) {
    buckets.put(key, new Bucket(Math.max(0, left(of, key) + tries), clock.instant()));
  }

  private double left(Of of, String key) {
    var bucket = buckets.get(key);
    if (bucket == null) {
      return of.most;
    }
    var passed = Duration.between(bucket.at, clock.instant()).toMillis();
    return Math.min(of.most, bucket.left + (double) passed / of.refill.toMillis());
  }

  /** Somebody with IPv6 has a whole network of addresses: it counts as one. */
  private static String address(String from) {
    var address = from.split(" ", 2)[0];
    if (address.contains(":")) {
      try {
        var bytes = InetAddress.ofLiteral(address).getAddress();
        return "address " + HexFormat.of().formatHex(bytes, 0, Math.min(8, bytes.length));
      } catch (IllegalArgumentException e) {
        // Not an address: as it is.
      }
    }
    return "address " + address;
  }

  private static String user(String user) {
    return "user " + user.toLowerCase(Locale.ROOT);
  }

  /** Answered with 429. */
  static final class TooOften extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final int seconds;

    TooOften(String message, int seconds) {
      super(message, null, false, false);
      this.seconds = seconds;
    }

    int seconds() {
      return seconds;
    }
  }
}
