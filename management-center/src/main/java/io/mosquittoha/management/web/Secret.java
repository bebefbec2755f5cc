package io.mosquittoha.management.web;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;

/** Random words that let somebody in. Only their hashes are kept: they need no salt, nor time. */
final class Secret {

  private static final SecureRandom RANDOM = new SecureRandom();
  private static final String SPOKEN = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ23456789";

  private Secret() {}

  /** 256 bits, as text that addresses and headers take. */
  static String fresh() {
    var bytes = new byte[32];
    RANDOM.nextBytes(bytes);
    return encode(bytes);
  }

  /** A password of 20 letters and digits, without those that look alike. */
  static String password() {
    var text = new StringBuilder();
    for (var i = 0; i < 20; i++) {
      text.append(SPOKEN.charAt(RANDOM.nextInt(SPOKEN.length())));
    }
    return text.toString();
  }

  static byte[] hash(String secret) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  static String encode(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  static boolean same(String a, String b) {
    return MessageDigest.isEqual(hash(a), hash(b));
  }
}
