package io.mosquittoha.management.clients;

import io.mosquittoha.management.web.Problem;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.regex.Pattern;

/**
 * A client id as a part of an address. Most ids stand there as they are. One with slashes, spaces,
 * %2F and the like is written as {@code ~} and its base64url: proxies on the way decode and
 * normalise what is only escaped, and would lead to another client.
 */
public final class ClientKey {

  private static final String ENCODED = "~";
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._:@$=,+-]{0,199}");

  private ClientKey() {}

  /** What stands in an address for this id; needs no further escapes. */
  public static String of(String id) {
    return PLAIN.matcher(id).matches()
        ? id
        : ENCODED
            + Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(id.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * The id that an address means.
   *
   * @throws Problem 400 if it begins with {@code ~} and goes on with something else
   */
  public static String id(String key) {
    if (!key.startsWith(ENCODED)) {
      return key;
    }
    try {
      var bytes = Base64.getUrlDecoder().decode(key.substring(ENCODED.length()));
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (IllegalArgumentException | CharacterCodingException e) {
      throw new Problem(
          400, "What stands behind ~ is not the base64url (RFC 4648) of a client id in UTF-8.");
    }
  }
}
