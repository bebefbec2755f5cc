package io.mosquittoha.management.web;

import java.io.ByteArrayOutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A private key as PEM (RFC 7468): PKCS #8, or what openssl and cert-manager write by themselves,
 * PKCS #1 for RSA and SEC 1 for elliptic curves. Java reads PKCS #8 only, so the other two get the
 * frame that it has around them.
 */
final class PrivateKeyFile {

  private static final Pattern KEY =
      Pattern.compile("-----BEGIN ((?:[A-Z]+ )?)PRIVATE KEY-----([^-]+)-----END \\1PRIVATE KEY");
  private static final byte[] VERSION = HexFormat.of().parseHex("020100");
  // Object identifiers with their tags: 1.2.840.113549.1.1.1 and its parameter, 1.2.840.10045.2.1.
  private static final byte[] RSA = HexFormat.of().parseHex("06092a864886f70d0101010500");
  private static final byte[] ELLIPTIC = HexFormat.of().parseHex("06072a8648ce3d0201");
  private static final int SEQUENCE = 0x30;
  private static final int OCTETS = 0x04;
  private static final int CURVE = 0xa0;

  private PrivateKeyFile() {}

  static PrivateKey read(String pem) throws GeneralSecurityException {
    var found = KEY.matcher(pem);
    if (!found.find()) {
      throw new InvalidKeySpecException("there is no private key in it");
    }
    byte[] der;
    try {
      der = Base64.getMimeDecoder().decode(found.group(2));
    } catch (IllegalArgumentException e) {
      throw new InvalidKeySpecException("the private key is damaged", e);
    }
    return switch (found.group(1).strip()) {
      case "" -> key(der);
      case "RSA" -> key(framed(RSA, der));
      case "EC" -> key(framed(join(ELLIPTIC, curve(der)), der));
      case "ENCRYPTED" ->
          throw new InvalidKeySpecException(
              "the private key has a password; take it off by openssl pkey");
      default ->
          throw new InvalidKeySpecException("nobody knows a key of the kind " + found.group(1));
    };
  }

  /** PKCS #8 says its algorithm inside. */
  private static PrivateKey key(byte[] pkcs8) throws GeneralSecurityException {
    for (var algorithm : List.of("RSA", "EC", "EdDSA", "RSASSA-PSS")) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
      } catch (InvalidKeySpecException e) {
        // It is of another one.
      }
    }
    throw new InvalidKeySpecException(
        "the private key is damaged, or neither RSA nor EC nor EdDSA");
  }

  /** PrivateKeyInfo of RFC 5208. */
  private static byte[] framed(byte[] algorithm, byte[] key) {
    return part(SEQUENCE, join(VERSION, part(SEQUENCE, algorithm), part(OCTETS, key)));
  }

  /** The curve's identifier in an ECPrivateKey of RFC 5915: after its version and the number. */
  private static byte[] curve(byte[] sec1) throws InvalidKeySpecException {
    var whole = ByteBuffer.wrap(sec1);
    try {
      var inside = content(whole, SEQUENCE);
      content(inside, 0x02);
      content(inside, OCTETS);
      var curve = content(inside, CURVE);
      var bytes = new byte[curve.remaining()];
      curve.get(bytes);
      return bytes;
    } catch (BufferUnderflowException | IllegalArgumentException | IndexOutOfBoundsException e) {
      throw new InvalidKeySpecException(
          "the private key is damaged, or does not name its curve", e);
    }
  }

  private static ByteBuffer content(ByteBuffer from, int tag) {
    if ((from.get() & 0xff) != tag) {
      throw new IllegalArgumentException("another tag was expected");
    }
    int length = from.get() & 0xff;
    if (length > 0x80) {
      var bytes = length - 0x80;
      length = 0;
      for (int i = 0; i < bytes; i++) {
        length = length << 8 | from.get() & 0xff;
      }
    }
    var content = from.slice(from.position(), length);
    from.position(from.position() + length);
    return content;
  }

  private static byte[] part(int tag, byte[] content) {
    var length = content.length;
    var head =
        length < 0x80
            ? new byte[] {(byte) tag, (byte) length}
            : length < 0x100
                ? new byte[] {(byte) tag, (byte) 0x81, (byte) length}
                : new byte[] {(byte) tag, (byte) 0x82, (byte) (length >> 8), (byte) length};
    return join(head, content);
  }

  private static byte[] join(byte[]... parts) {
    var whole = new ByteArrayOutputStream();
    for (var part : parts) {
      whole.writeBytes(part);
    }
    return whole.toByteArray();
  }
}
