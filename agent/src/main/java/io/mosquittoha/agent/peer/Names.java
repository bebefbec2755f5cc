package io.mosquittoha.agent.peer;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/** Whether a certificate is for a name; for those who connect, which the JDK does not check. */
final class Names {

  private static final int DNS = 2;

  private Names() {}

  static boolean has(X509Certificate certificate, String host) {
    try {
      return Objects.requireNonNullElse(
              certificate.getSubjectAlternativeNames(), List.<List<?>>of())
          .stream()
          .filter(name -> name.get(0) instanceof Integer type && type == DNS)
          .anyMatch(name -> fits(name.get(1).toString(), host));
    } catch (CertificateParsingException e) {
      return false;
    }
  }

  private static boolean fits(String pattern, String host) {
    var expected = pattern.toLowerCase(Locale.ROOT);
    var actual = host.toLowerCase(Locale.ROOT);
    return expected.startsWith("*.")
        ? actual.indexOf('.') > 0
            && actual.substring(actual.indexOf('.')).equals(expected.substring(1))
        : actual.equals(expected);
  }
}
