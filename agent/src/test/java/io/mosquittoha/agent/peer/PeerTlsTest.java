package io.mosquittoha.agent.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.mosquittoha.agent.replication.Member;
import io.mosquittoha.agent.replication.Message;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class PeerTlsTest {

  private static final String ALL = "dns:*.members.test";
  private static final Member ONE = new Member("m-1", "b");

  @TempDir private static Path shared;
  private static Certificates authority;
  private static Path good;
  private static Path other;

  @TempDir private Path folder;
  private final Loopback loopback = new Loopback();

  @BeforeAll
  static void issue() throws Exception {
    authority = new Certificates(shared);
    good = authority.issue(shared.resolve("good"), ALL);
    Files.createDirectories(shared.resolve("other-authority"));
    other = new Certificates(shared.resolve("other-authority")).issue(shared.resolve("other"), ALL);
  }

  @BeforeEach
  void patience() {
    Awaitility.setDefaultTimeout(Duration.ofSeconds(30));
  }

  @AfterEach
  void close() {
    loopback.close();
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    for (var name : new String[] {"tls.crt", "tls.key", "ca.crt"}) {
      var file = to.resolve(name);
      Files.copy(from.resolve(name), file, StandardCopyOption.REPLACE_EXISTING);
      Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
    }
  }

  private static void awaitConnected(Recorder recorder, String member) {
    await()
        .untilAsserted(() -> assertThat(recorder.events()).containsExactly("connected " + member));
  }

  @Test
  void members_whenTheirCertificatesFit_connect() {
    var zero = loopback.member(0, "a", Optional.of(good));
    var atZero = loopback.start(zero);
    var atOne = loopback.start(loopback.member(1, "b", Optional.of(good)));

    awaitConnected(atZero, "m-1 b");
    awaitConnected(atOne, "m-0 a");
    zero.send(ONE, new Message.TakeOver(9));
    await()
        .untilAsserted(() -> assertThat(atOne.messages()).containsExactly(new Message.TakeOver(9)));
  }

  /** A third member is there to show that the others would have had the time. */
  private void assertNotLetIn(Path folderOfOne) throws InterruptedException {
    var zero = loopback.member(0, "a", Optional.of(good));
    var atZero = loopback.start(zero);
    var one = loopback.member(1, "b", Optional.of(folderOfOne));
    var atOne = loopback.start(one);
    var two = loopback.member(2, "c", Optional.of(good));
    loopback.start(two);

    awaitConnected(atZero, "m-2 c");
    Thread.sleep(1_500);

    assertThat(atZero.events()).containsExactly("connected m-2 c");
    assertThat(atOne.events()).isEmpty();
    assertThat(zero.peers()).containsOnlyKeys("m-2");
    assertThat(one.peers()).isEmpty();
  }

  @Test
  void member_whenItsCertificateHasExpired_isNotLetIn() throws Exception {
    assertNotLetIn(authority.issueExpired(folder, ALL));
  }

  @Test
  void member_whenAnotherAuthorityIssuedItsCertificate_isNotLetIn() throws Exception {
    assertNotLetIn(other);
  }

  @Test
  void member_whenItsCertificateNamesAnotherMember_isNotLetIn() throws Exception {
    assertNotLetIn(authority.issue(folder, "dns:m-2.members.test"));
  }

  @Test
  void member_whenItDoesNotEncrypt_isNotLetIn() throws Exception {
    var atZero = loopback.start(loopback.member(0, "a", Optional.of(good)));
    var atOne = loopback.start(loopback.member(1, "b", Optional.empty()));
    loopback.start(loopback.member(2, "c", Optional.of(good)));

    awaitConnected(atZero, "m-2 c");
    Thread.sleep(1_000);

    assertThat(atZero.events()).containsExactly("connected m-2 c");
    assertThat(atOne.events()).isEmpty();
  }

  @Test
  void certificates_whenTheyAreReplaced_areUsedByNewConnectionsOnly() throws Exception {
    var ofZero = folder.resolve("zero");
    var ofOne = folder.resolve("one");
    copy(good, ofZero);
    copy(good, ofOne);
    var zero = loopback.member(0, "a", Optional.of(ofZero));
    var one = loopback.member(1, "b", Optional.of(ofOne));
    var atZero = loopback.start(zero);
    var atOne = loopback.start(one);
    awaitConnected(atZero, "m-1 b");
    awaitConnected(atOne, "m-0 a");

    copy(other, ofZero);
    copy(other, ofOne);
    var atTwo = loopback.start(loopback.member(2, "c", Optional.of(other)));

    await()
        .untilAsserted(() ->
            assertThat(atTwo.events())
                .containsExactlyInAnyOrder("connected m-0 a", "connected m-1 b"));
    await()
        .untilAsserted(() ->
            assertThat(atZero.events()).containsExactly("connected m-1 b", "connected m-2 c"));

    zero.peers.get("m-1").close();

    await()
        .untilAsserted(() ->
            assertThat(atZero.events())
                .containsExactly(
                    "connected m-1 b", "connected m-2 c", "disconnected m-1 b", "connected m-1 b"));
  }

  @Test
  void certificates_whenTheyAreReplacedByHalf_areNotUsedYet() throws Exception {
    var ofZero = folder.resolve("zero");
    copy(good, ofZero);
    var credentials = new Credentials(ofZero);
    assertThat(presented(credentials)).isEqualTo(first(good));

    Files.copy(
        other.resolve("tls.crt"), ofZero.resolve("tls.crt"), StandardCopyOption.REPLACE_EXISTING);
    assertThat(presented(credentials)).isEqualTo(first(good));

    Files.copy(
        other.resolve("tls.key"), ofZero.resolve("tls.key"), StandardCopyOption.REPLACE_EXISTING);
    assertThat(presented(credentials)).isEqualTo(first(other));
  }

  @Test
  void expiry_isThatOfTheFirstToExpire_alsoAfterARotation() throws Exception {
    var own = folder.resolve("own");
    copy(good, own);
    var member = loopback.member(0, "a", Optional.of(own));
    assertThat(member.certificatesUntil()).contains(first(good).getNotAfter().toInstant());

    copy(authority.issueExpired(folder.resolve("expired"), ALL), own);

    assertThat(member.certificatesUntil().orElseThrow()).isBefore(Instant.now());
    assertThat(loopback.member(1, "b", Optional.empty()).certificatesUntil()).isEmpty();
  }

  @Test
  void certificates_whenTheyAreMissing_areNamed() throws IOException {
    try (var socket = new Socket()) {
      var credentials = new Credentials(folder.resolve("nowhere"));
      assertThatThrownBy(() -> credentials.client(socket, "host"))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("nowhere");
    }
  }

  @Test
  void expiry_isSaidInPlainWords() throws Exception {
    var expired = new Credentials(authority.issueExpired(folder, ALL));
    try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      var serving =
          CompletableFuture.runAsync(() -> {
            try (var socket = server.accept()) {
              expired.server(socket).startHandshake();
            } catch (IOException e) {
              // That is what this is about.
            }
          });
      try (var socket = new Socket(server.getInetAddress(), server.getLocalPort())) {
        var tls = new Credentials(good).client(socket, "m-1.members.test");
        assertThatThrownBy(tls::startHandshake)
            .satisfies(e -> assertThat(PeerNetwork.reason(e)).startsWith("it has expired"));
      }
      serving.join();
    }
  }

  private static X509Certificate first(Path of) throws Exception {
    return Pem.certificates(Files.readAllBytes(of.resolve("tls.crt"))).getFirst();
  }

  /** The certificate that a server with these credentials presents. */
  private static X509Certificate presented(Credentials credentials) throws Exception {
    try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      var seen =
          CompletableFuture.supplyAsync(() -> {
            try (var socket = new Socket()) {
              socket.connect(new InetSocketAddress(server.getInetAddress(), server.getLocalPort()));
              var context = SSLContext.getInstance("TLSv1.3");
              context.init(null, new TrustManager[] {new Trusting()}, null);
              var tls = (SSLSocket) context.getSocketFactory().createSocket(socket, "x", 1, true);
              tls.startHandshake();
              return (X509Certificate) tls.getSession().getPeerCertificates()[0];
            } catch (IOException | GeneralSecurityException e) {
              throw new IllegalStateException(e);
            }
          });
      try (var socket = server.accept()) {
        var tls = credentials.server(socket);
        assertThatThrownBy(tls::startHandshake).isInstanceOf(IOException.class); // no client's
      }
      return seen.join();
    }
  }

  /** Trusts everybody, to look at what is presented. */
  private static final class Trusting extends X509ExtendedTrustManager {

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
  }
}
