package io.mosquittoha.agent.peer;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * This member's certificate and whom it trusts, from files that are read again when they have
 * changed.
 */
final class Credentials {

  private static final System.Logger LOG = System.getLogger(Credentials.class.getName());
  private static final List<String> FILES = List.of("tls.crt", "tls.key", "ca.crt");

  private record Stamp(Path path, FileTime changed, long size) {}

  private record Material(KeyManager[] keys, TrustManager[] trusted, Instant until) {}

  private final Path folder;
  private final Occasionally occasionally = new Occasionally(LOG);
  private List<Stamp> stamps = List.of();
  private @Nullable Material material;

  Credentials(Path folder) {
    this.folder = folder;
  }

  /** When the first of the certificates expires: its own, or one of those that it trusts. */
  Instant until() throws IOException {
    return material().until();
  }

  /** Puts TLS on a connection that this member made. */
  SSLSocket client(Socket socket, String host) throws IOException {
    var tls = tls(socket, host);
    var parameters = tls.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    tls.setSSLParameters(parameters);
    return tls;
  }

  /** Puts TLS on a connection that another member made. */
  SSLSocket server(Socket socket) throws IOException {
    var tls = tls(socket, socket.getInetAddress().getHostAddress());
    tls.setUseClientMode(false);
    tls.setNeedClientAuth(true);
    return tls;
  }

  private SSLSocket tls(Socket socket, String host) throws IOException {
    // A context of its own for each connection: no session is resumed, so that certificates are
    // always checked, and against the files as they are now.
    var tls =
        (SSLSocket) context().getSocketFactory().createSocket(socket, host, socket.getPort(), true);
    tls.setEnabledProtocols(new String[] {"TLSv1.3"});
    return tls;
  }

  private SSLContext context() throws IOException {
    try {
      var current = material();
      var context = SSLContext.getInstance("TLSv1.3");
      context.init(current.keys(), current.trusted(), null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException("TLS cannot be used: " + e.getMessage(), e);
    }
  }

  private synchronized Material material() throws IOException {
    var last = material;
    try {
      var now = stamps();
      if (last == null || !now.equals(stamps)) {
        var read = read();
        if (!stamps().equals(now)) {
          throw new IOException("the files are being changed");
        }
        if (last != null) {
          LOG.log(
              System.Logger.Level.INFO,
              "The certificates in {0} have changed; new connections use them",
              folder);
        }
        material = last = read;
        stamps = now;
      }
      return last;
    } catch (IOException | GeneralSecurityException e) {
      var why = "The certificates in " + folder + " cannot be used: " + e.getMessage();
      if (last == null) {
        throw new IOException(why, e);
      }
      occasionally.warn("files", why + ". Those that were there before are used on.");
      return last;
    }
  }

  private List<Stamp> stamps() throws IOException {
    var found = new ArrayList<Stamp>();
    for (var name : FILES) {
      // In a pod these are links to a folder that is replaced as a whole.
      var path = folder.resolve(name).toRealPath();
      found.add(new Stamp(path, Files.getLastModifiedTime(path), Files.size(path)));
    }
    return found;
  }

  private Material read() throws IOException, GeneralSecurityException {
    var chain = certificates("tls.crt");
    var key = key("tls.key");
    var authorities = certificates("ca.crt");
    if (!fit(key, chain.getFirst())) {
      throw new GeneralSecurityException("tls.key is not the key of the certificate in tls.crt");
    }
    var own = empty();
    own.setKeyEntry("own", key, new char[0], chain.toArray(X509Certificate[]::new));
    var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(own, new char[0]);
    var trusted = empty();
    for (var i = 0; i < authorities.size(); i++) {
      trusted.setCertificateEntry("ca" + i, authorities.get(i));
    }
    var trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(trusted);
    var until =
        Stream.concat(chain.stream(), authorities.stream())
            .map(certificate -> certificate.getNotAfter().toInstant())
            .min(Comparator.naturalOrder())
            .orElseThrow();
    return new Material(keys.getKeyManagers(), trust.getTrustManagers(), until);
  }

  private List<X509Certificate> certificates(String name)
      throws IOException, GeneralSecurityException {
    try {
      return Pem.certificates(Files.readAllBytes(folder.resolve(name)));
    } catch (GeneralSecurityException e) {
      throw new GeneralSecurityException(name + ": " + e.getMessage(), e);
    }
  }

  private PrivateKey key(String name) throws IOException, GeneralSecurityException {
    try {
      return Pem.key(Files.readAllBytes(folder.resolve(name)));
    } catch (GeneralSecurityException e) {
      throw new GeneralSecurityException(name + ": " + e.getMessage(), e);
    }
  }

  private static KeyStore empty() throws IOException, GeneralSecurityException {
    var store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  /** Whether what the key signs is what the certificate verifies. */
  private static boolean fit(PrivateKey key, X509Certificate certificate)
      throws GeneralSecurityException {
    var algorithm =
        switch (key.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          case String other -> other;
        };
    try {
      var signature = Signature.getInstance(algorithm);
      signature.initSign(key);
      signature.update(new byte[32]);
      var signed = signature.sign();
      signature.initVerify(certificate.getPublicKey());
      signature.update(new byte[32]);
      return signature.verify(signed);
    } catch (InvalidKeyException | SignatureException e) {
      return false; // a key of another kind
    }
  }
}
