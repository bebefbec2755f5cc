package io.mosquittoha.management.check;

import io.mosquittoha.management.check.Stage.Name;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Looks at what a server shows when TLS begins. Nothing is sent to it: so nothing has to be
 * trusted.
 */
final class Certificates {

  private static final Duration SOON = Duration.ofDays(21);

  private Certificates() {}

  /**
   * A context that takes any certificate, to look at it, and for checks whose answer is all they
   * want.
   */
  static TrustManager anything() {
    return new X509ExtendedTrustManager() {
      @Override
      public void checkClientTrusted(X509Certificate[] chain, String type) {}

      @Override
      public void checkServerTrusted(X509Certificate[] chain, String type) {}

      @Override
      public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

      @Override
      public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

      @Override
      public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

      @Override
      public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

      @Override
      public X509Certificate[] getAcceptedIssuers() {
        return new X509Certificate[0];
      }
    };
  }

  /** The stage TLS of a server that should speak it. */
  static Stage look(InetSocketAddress address, String host, Duration patience, Instant now) {
    try (var plain = new Socket()) {
      plain.connect(address, Math.toIntExact(patience.toMillis()));
      plain.setSoTimeout(Math.toIntExact(patience.toMillis()));
      var context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {anything()}, null);
      try (var socket =
          (SSLSocket)
              context.getSocketFactory().createSocket(plain, host, address.getPort(), true)) {
        socket.startHandshake();
        var session = socket.getSession();
        return judge(
            (X509Certificate) session.getPeerCertificates()[0], session.getProtocol(), host, now);
      }
    } catch (SSLException e) {
      return Stage.failed(
          Name.TLS,
          "The server does not agree on TLS: %s.".formatted(e.getMessage()),
          "Check that this port speaks TLS, and that HAProxy has a certificate and its key.");
    } catch (IOException e) {
      return Stage.failed(
          Name.TLS,
          "The connection broke while TLS began: %s.".formatted(e.getMessage()),
          "Look at HAProxy's log; a port that does not speak TLS answers like this too.");
    } catch (GeneralSecurityException e) {
      return Stage.failed(Name.TLS, "This JVM can't speak TLS: %s.".formatted(e.getMessage()), "");
    }
  }

  /** What is to be said of a certificate. */
  static Stage judge(X509Certificate certificate, String protocol, String host, Instant now) {
    var ends = certificate.getNotAfter().toInstant();
    var day = ends.truncatedTo(ChronoUnit.MINUTES);
    if (ends.isBefore(now)) {
      return Stage.failed(
          Name.TLS,
          "The certificate expired at %s.".formatted(day),
          "Renew it and replace the Secret; HAProxy reads it again.");
    }
    if (certificate.getNotBefore().toInstant().isAfter(now)) {
      return Stage.failed(
          Name.TLS,
          "The certificate is not valid before %s."
              .formatted(certificate.getNotBefore().toInstant()),
          "Check the clocks of the nodes, and of who issued it.");
    }
    var names = names(certificate);
    if (names.stream().noneMatch(name -> covers(name, host))) {
      return Stage.warning(
          Name.TLS,
          "%s; the certificate is for %s, not for %s. It is valid until %s."
              .formatted(
                  protocol,
                  names.isEmpty() ? "no name at all" : String.join(", ", names),
                  host,
                  day),
          "Clients that connect by the name %s will refuse it: add the name to the certificate, or let them use another one."
              .formatted(host));
    }
    if (ends.isBefore(now.plus(SOON))) {
      return Stage.warning(
          Name.TLS,
          "%s; the certificate expires at %s, in %d days."
              .formatted(protocol, day, Duration.between(now, ends).toDays()),
          "Renew it, or look why cert-manager has not.");
    }
    return Stage.ok(
        Name.TLS, "%s, certificate for %s, valid until %s.".formatted(protocol, host, day));
  }

  /** The names and addresses that a certificate is for. */
  static List<String> names(X509Certificate certificate) {
    var names = new ArrayList<String>();
    try {
      var all = certificate.getSubjectAlternativeNames();
      for (var one : all == null ? List.<List<?>>of() : all) {
        if (one.get(0) instanceof Integer kind && (kind == 2 || kind == 7)) {
          names.add(String.valueOf(one.get(1)));
        }
      }
    } catch (CertificateParsingException e) {
      // Then it is for no name.
    }
    return names;
  }

  /** RFC 6125: a wildcard stands for one whole label, the first. */
  static boolean covers(String name, String host) {
    var wanted = host.toLowerCase(Locale.ROOT);
    var its = name.toLowerCase(Locale.ROOT);
    if (!its.startsWith("*.")) {
      return its.equals(wanted);
    }
    var labels = Arrays.asList(wanted.split("\\.", 2));
    return labels.size() == 2 && labels.get(1).equals(its.substring(2));
  }
}
