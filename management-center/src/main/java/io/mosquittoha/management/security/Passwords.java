package io.mosquittoha.management.security;

import java.security.SecureRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Makes passwords that nobody guesses, and that can be read out and typed. */
final class Passwords {

  /** Without those that look alike. */
  private static final String LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";

  private static final SecureRandom RANDOM = new SecureRandom();

  private Passwords() {}

  /** Five groups of five, about 145 bits. */
  static String make() {
    return IntStream.range(0, 5)
        .mapToObj(_ ->
            RANDOM
                .ints(5, 0, LETTERS.length())
                .mapToObj(LETTERS::charAt)
                .map(String::valueOf)
                .collect(Collectors.joining()))
        .collect(Collectors.joining("-"));
  }
}
