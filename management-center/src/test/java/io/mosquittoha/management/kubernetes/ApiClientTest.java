package io.mosquittoha.management.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ApiClientTest {

  private static final String PATH = "/api/v1/namespaces/ns/pods/m-0";
  private static final String POD = "{\"kind\":\"Pod\"}";

  @TempDir Path folder;

  private Path token() {
    return folder.resolve("token");
  }

  private Path authority() {
    return folder.resolve("ca.crt");
  }

  private ApiClient client(String url) {
    return new ApiClient(new ApiServer(url, Optional.of(token()), Optional.of(authority())));
  }

  private static StubApi api(String host, TrialAuthority authority) throws Exception {
    var api = new StubApi(host, Optional.of(authority.server()));
    api.objects.put("GET " + PATH, POD);
    return api;
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "::1"})
  void request_whenKubernetesReplacesTheToken_thenTheNextOneShowsTheNew(String host)
      throws Exception {
    assumeThat(NetworkInterface.getByInetAddress(InetAddress.getByName(host)))
        .as("a machine that has " + host)
        .isNotNull();
    var kubernetes = new TrialAuthority(folder, "ip:" + host);
    Files.writeString(authority(), kubernetes.pem());
    Files.writeString(token(), "first\n");
    try (var api = api(host, kubernetes);
        var client = client(api.url())) {
      assertThat(client.get(PATH).path("kind").asText()).isEqualTo("Pod");
      Files.writeString(token(), "second");
      client.get(PATH);
      client.open(PATH).close();
      assertThat(api.authorizations)
          .containsExactly("Bearer first", "Bearer second", "Bearer second");
    }
  }

  @Test
  void request_whenAnotherAuthorityIssuedTheServer_thenItIsNotShownTheToken() throws Exception {
    var kubernetes = new TrialAuthority(folder, "ip:127.0.0.1");
    Files.writeString(authority(), new TrialAuthority(folder, "ip:127.0.0.1").pem());
    Files.writeString(token(), "secret");
    try (var api = api("127.0.0.1", kubernetes);
        var client = client(api.url())) {
      assertThatIOException()
          .isThrownBy(() -> client.get(PATH))
          .withStackTraceContaining(SSLHandshakeException.class.getName());
      assertThat(api.authorizations).isEmpty();

      Files.writeString(authority(), kubernetes.pem());
      assertThat(client.get(PATH).path("kind").asText())
          .as("the authority was replaced while this runs")
          .isEqualTo("Pod");
    }
  }

  @Test
  void request_whenTheServersCertificateIsForAnotherAddress_thenItIsNotShownTheToken()
      throws Exception {
    var kubernetes = new TrialAuthority(folder, "ip:127.0.0.2");
    Files.writeString(authority(), kubernetes.pem());
    Files.writeString(token(), "secret");
    try (var api = api("127.0.0.1", kubernetes);
        var client = client(api.url())) {
      assertThatIOException().isThrownBy(() -> client.get(PATH)).withMessageContaining("127.0.0.1");
      assertThat(api.authorizations).isEmpty();
    }
  }

  @Test
  void request_whenAFileOfTheServiceAccountIsOfNoUse_thenItIsNamed() throws Exception {
    try (var client = client("https://127.0.0.1:1")) {
      assertThatIOException()
          .isThrownBy(() -> client.get(PATH))
          .withMessageContaining("token cannot be read")
          .withMessageContaining(token().toString());
      Files.writeString(token(), "t");
      assertThatIOException()
          .isThrownBy(() -> client.get(PATH))
          .withMessageContaining(authority().toString());
      Files.writeString(authority(), "this is no certificate");
      assertThatIOException().isThrownBy(() -> client.get(PATH)).withMessageContaining("ca.crt");
    }
  }

  @Test
  void request_whenNothingListens_thenTheAddressIsNamed() throws Exception {
    int free;
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      free = socket.getLocalPort();
    }
    try (var client = withoutToken("http://127.0.0.1:" + free, Duration.ofSeconds(5))) {
      assertThatIOException()
          .isThrownBy(() -> client.get(PATH))
          .withMessageContaining("nothing listens at http://127.0.0.1:" + free);
    }
  }

  private static ApiClient withoutToken(String url, Duration patience) {
    return new ApiClient(new ApiServer(url, Optional.empty(), Optional.empty()), patience);
  }

  /** Says that to everybody, and then nothing, without an end. */
  private static ServerSocket saying(String answer) throws IOException {
    var server = new ServerSocket(0, 5, InetAddress.getByName("127.0.0.1"));
    Thread.ofVirtual()
        .start(() -> {
          while (!server.isClosed()) {
            try {
              var socket = server.accept();
              socket.getOutputStream().write(answer.getBytes(StandardCharsets.UTF_8));
              socket.getOutputStream().flush();
            } catch (IOException e) {
              // The test has seen enough.
            }
          }
        });
    return server;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n{\"kind\":",
        "HTTP/1.1 403 Forbidden\r\nContent-Length: 14\r\n\r\n{\"kind\":"
      })
  void request_whenTheServerFallsSilent_thenItIsNotWaitedForLonger(String answer) throws Exception {
    try (var server = saying(answer);
        var client =
            withoutToken("http://127.0.0.1:" + server.getLocalPort(), Duration.ofMillis(300))) {
      assertThatIOException()
          .isThrownBy(() -> client.get(PATH))
          .withMessageContaining("did not answer within 300 ms");
      if (!answer.contains(" 200 ")) {
        assertThatIOException()
            .isThrownBy(() -> client.open(PATH))
            .withMessageContaining("did not answer within 300 ms");
      }
    }
  }

  @Test
  void request_whenTheAnswerIsNotTheApis_thenItIsAnErrorThatSaysSo() throws Exception {
    refused("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>", "is no API server");
    refused("HTTP/1.1 502 Bad\r\nContent-Length: 6\r\n\r\n<html>", "it answered with status 502");
    // Whoever can redirect must not learn the token.
    refused(
        "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
        "it answered with status 302");
    refused(
        "HTTP/1.1 200 OK\r\nContent-Length: 5000000\r\n\r\n" + " ".repeat(5_000_000), "exceeds");
    refused(
        "HTTP/1.1 500 Bad\r\nContent-Length: 5000000\r\n\r\n" + " ".repeat(5_000_000), "exceeds");
  }

  private static void refused(String answer, String words) throws IOException {
    try (var server = saying(answer);
        var client =
            withoutToken("http://127.0.0.1:" + server.getLocalPort(), Duration.ofSeconds(10))) {
      assertThatThrownBy(() -> client.get(PATH))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(words);
    }
  }
}
