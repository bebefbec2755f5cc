package io.mosquittoha.agent.peer;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;

/** Keys and certificates as people keep them. */
final class Pem {

  private static final Pattern KEY =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]*PRIVATE KEY)-----([^-]*)-----END \\1-----");

  private static final byte[] RSA = {
    0x30,
    0x0d,
    0x06,
    0x09,
    0x2a,
    (byte) 0x86,
    0x48,
    (byte) 0x86,
    (byte) 0xf7,
    0x0d,
    0x01,
    0x01,
    0x01,
    0x05,
    0x00
  };
  private static final byte[] EC = {0x06, 0x07, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 2, 1};
  private static final byte[] VERSION = {0x02, 0x01, 0x00};
  private static final int SEQUENCE = 0x30;
  private static final int OCTETS = 0x04;
  private static final int PARAMETERS = 0xa0;

  private Pem() {}

  static List<X509Certificate> certificates(byte[] pem) throws GeneralSecurityException {
    var found =
        CertificateFactory.getInstance("X.509")
            .generateCertificates(new ByteArrayInputStream(pem))
            .stream()
            .map(X509Certificate.class::cast)
            .toList();
    if (found.isEmpty()) {
      throw new CertificateException("there is no certificate in it");
    }
    return found;
  }

  static PrivateKey key(byte[] pem) throws GeneralSecurityException {
    var found = KEY.matcher(new String(pem, StandardCharsets.ISO_8859_1));
    if (!found.find()) {
      throw new GeneralSecurityException(
          "there is no private key in it; it has to be PEM: -----BEGIN PRIVATE KEY-----");
    }
    if (found.group(2).contains("Proc-Type")) {
      throw unsupported("it is encrypted");
    }
    byte[] der;
    try {
      der = Base64.getMimeDecoder().decode(found.group(2));
    } catch (IllegalArgumentException e) {
      throw new GeneralSecurityException("its text is damaged: " + e.getMessage(), e);
    }
    return switch (found.group(1)) {
      case "PRIVATE KEY" -> pkcs8(der);
      case "RSA PRIVATE KEY" -> pkcs8(tagged(SEQUENCE, VERSION, RSA, tagged(OCTETS, der)));
      case "EC PRIVATE KEY" -> pkcs8(tagged(SEQUENCE, VERSION, ec(der), tagged(OCTETS, der)));
      case "ENCRYPTED PRIVATE KEY" -> throw unsupported("it is encrypted");
      case String kind -> throw unsupported("it is of the kind " + kind);
    };
  }

  private static PrivateKey pkcs8(byte[] der) throws GeneralSecurityException {
    for (var algorithm : List.of("RSA", "EC", "EdDSA")) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
      } catch (GeneralSecurityException e) {
        // Of another kind, then.
      }
    }
    throw unsupported("it is neither RSA nor EC nor EdDSA");
  }

  private static GeneralSecurityException unsupported(String why) {
    return new GeneralSecurityException(
        "this key cannot be used: "
            + why
            + ". Convert it with: openssl pkcs8 -topk8 -nocrypt -in tls.key");
  }

  /** What PKCS#8 says about an EC key, from the curve that is named in the older form. */
  private static byte[] ec(byte[] der) throws GeneralSecurityException {
    try {
      var at = header(der, 0);
      while (der[at] != (byte) PARAMETERS) {
        at = header(der, at) + length(der, at);
      }
      var from = header(der, at);
      return tagged(SEQUENCE, EC, Arrays.copyOfRange(der, from, from + length(der, at)));
    } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
      throw unsupported("it does not name its curve");
    }
  }

  /** Where the content of an element begins. */
  private static int header(byte[] der, int at) {
    var first = der[at + 1] & 0xff;
    return at + 2 + (first < 0x80 ? 0 : first & 0x7f);
  }

  private static int length(byte[] der, int at) {
    var length = der[at + 1] & 0xff;
    if (length < 0x80) {
      return length;
    }
    var sum = 0;
    for (var i = at + 2; i < header(der, at); i++) {
      sum = sum << 8 | der[i] & 0xff;
    }
    return sum;
  }

  private static byte[] tagged(int tag, byte[]... contents) {
    var content = new ByteArrayOutputStream();
    for (var part : contents) {
      content.writeBytes(part);
    }
    var element = new ByteArrayOutputStream();
    element.write(tag);
    var length = content.size();
    if (length < 0x80) {
      element.write(length);
    } else {
      var bytes = (39 - Integer.numberOfLeadingZeros(length)) / 8;
      element.write(0x80 | bytes);
      for (var i = bytes - 1; i >= 0; i--) {
        element.write(length >> 8 * i);
      }
    }
    element.writeBytes(content.toByteArray());
    return element.toByteArray();
  }
}
