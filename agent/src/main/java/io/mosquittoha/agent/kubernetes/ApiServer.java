package io.mosquittoha.agent.kubernetes;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/**
 * The API server. Each request has a connection of its own: requests are rare, and one that goes
 * into a connection whose other end has died with its machine would be lost just when it matters.
 *
 * <p>Not by way of {@code java.net.http}, which reuses connections, and counts the TLS handshake
 * (long in a JVM that has just begun) as a part of the time for connecting; nor of {@code
 * HttpsURLConnection}, which knows no PATCH.
 *
 * @param base for example https://10.96.0.1:443
 * @param token file with the service account's token; empty: none
 * @param authority file with the certificates that the server's is issued by; only for https
 * @param connect how long the connection may take
 * @param request how long the handshake may take, and how long the request
 */
record ApiServer(
    URI base, Optional<Path> token, Optional<Path> authority, Duration connect, Duration request) {

  /** What was answered. */
  record Answer(int status, byte[] body) {}

  private static final int HTTPS = 443;
  private static final int HTTP = 80;

  /** As a pod finds it. */
  static ApiServer ofPod(Map<String, String> environment, Path account) {
    var host = environment.get("KUBERNETES_SERVICE_HOST");
    if (host == null || host.isBlank()) {
      throw new IllegalStateException(
          "KUBERNETES_SERVICE_HOST is not set: this is no pod. Write view=file for a broker without"
              + " Kubernetes");
    }
    var port = environment.getOrDefault("KUBERNETES_SERVICE_PORT", String.valueOf(HTTPS));
    return new ApiServer(
        URI.create("https://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port),
        Optional.of(account.resolve("token")),
        Optional.of(account.resolve("ca.crt")),
        Duration.ofMillis(500),
        Duration.ofSeconds(2));
  }

  /** A connection for one request, which closes it. */
  Socket open() throws IOException {
    var encrypted = base.getScheme().equals("https");
    var host = base.getHost().replaceAll("[\\[\\]]", "");
    var port = base.getPort() > 0 ? base.getPort() : encrypted ? HTTPS : HTTP;
    var raw = new Socket();
    try {
      raw.setTcpNoDelay(true);
      raw.connect(
          new InetSocketAddress(InetAddress.getByName(host), port), (int) connect.toMillis());
      raw.setSoTimeout((int) request.toMillis());
      return encrypted ? encrypted(raw, host, port) : raw;
    } catch (IOException e) {
      raw.close();
      throw e instanceof SocketTimeoutException ? late(e) : e;
    }
  }

  private static IOException late(IOException why) {
    return new IOException("the API server did not answer in time", why);
  }

  Answer get(Socket connection, String path) throws IOException {
    return send(connection, "GET", path, "", new byte[0]);
  }

  Answer patch(Socket connection, String path, byte[] merge) throws IOException {
    return send(connection, "PATCH", path, "application/merge-patch+json", merge);
  }

  private Answer send(Socket connection, String method, String path, String type, byte[] body)
      throws IOException {
    var until = System.nanoTime() + request.toNanos();
    try (var socket = connection) {
      var head = new StringBuilder();
      head.append(method).append(' ').append(path).append(" HTTP/1.1\r\nHost: ");
      head.append(base.getAuthority());
      head.append("\r\nUser-Agent: mosquitto-ha\r\nAccept: application/json\r\n");
      head.append("Connection: close\r\n");
      if (token.isPresent()) {
        // Read each time: Kubernetes replaces it every hour.
        head.append("Authorization: Bearer ")
            .append(Files.readString(token.get()).strip())
            .append("\r\n");
      }
      if (body.length > 0) {
        head.append("Content-Type: ").append(type);
        head.append("\r\nContent-Length: ").append(body.length).append("\r\n");
      }
      var first = head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
      var whole = Arrays.copyOf(first, first.length + body.length);
      System.arraycopy(body, 0, whole, first.length, body.length);
      socket.getOutputStream().write(whole);
      socket.getOutputStream().flush();
      return new Http(socket, until).answer();
    } catch (SocketTimeoutException e) {
      throw late(e);
    }
  }

  private SSLSocket encrypted(Socket raw, String host, int port) throws IOException {
    try {
      var store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      var file = authority.orElseThrow(() -> new IOException("no authority is named"));
      var number = 0;
      for (var certificate :
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(Files.readAllBytes(file)))) {
        store.setCertificateEntry("ca" + number++, certificate);
      }
      var trust = TrustManagerFactory.getInstance("PKIX");
      trust.init(store);
      var context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      var socket = (SSLSocket) context.getSocketFactory().createSocket(raw, host, port, true);
      var parameters = socket.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      return socket;
    } catch (GeneralSecurityException e) {
      throw new IOException("TLS cannot be used: " + e.getMessage(), e);
    }
  }
}
