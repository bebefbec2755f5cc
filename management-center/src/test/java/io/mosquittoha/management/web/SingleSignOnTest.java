package io.mosquittoha.management.web;

import static io.mosquittoha.management.web.Running.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SingleSignOnTest {

  private static final String SECRET = "the-client's-secret";

  @TempDir Path folder;

  private HttpServer provider;
  private RSAKey key;
  private RSAKey signsWith;
  private volatile Map<String, String> asked = Map.of();
  private volatile UnaryOperator<JWTClaimsSet.Builder> claims = builder -> builder;
  private volatile boolean proven;

  @BeforeEach
  void provide() throws Exception {
    key = new RSAKeyGenerator(2048).keyID("k").generate();
    signsWith = key;
    provider = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    provider.createContext(
        "/.well-known/openid-configuration",
        exchange ->
            answer(
                exchange,
                """
                {"issuer":"%1$s","authorization_endpoint":"%1$s/authorize",
                 "token_endpoint":"%1$s/token","jwks_uri":"%1$s/keys",
                 "response_types_supported":["code"],"subject_types_supported":["public"],
                 "id_token_signing_alg_values_supported":["RS256"]}\
                """
                    .formatted(issuer())));
    provider.createContext(
        "/keys", exchange -> answer(exchange, new JWKSet(key.toPublicJWK()).toString()));
    provider.createContext("/token", this::token);
    provider.start();
  }

  @AfterEach
  void stop() {
    provider.stop(0);
  }

  private String issuer() {
    return "http://127.0.0.1:" + provider.getAddress().getPort();
  }

  private static void answer(HttpExchange exchange, String body) throws IOException {
    try (exchange) {
      var bytes = body.getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(200, bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }

  private static Map<String, String> parameters(String query) {
    return Arrays.stream(query.split("&"))
        .map(pair -> pair.split("=", 2))
        .collect(
            Collectors.toMap(
                pair -> pair[0], pair -> URLDecoder.decode(pair[1], StandardCharsets.UTF_8)));
  }

  private void token(HttpExchange exchange) throws IOException {
    try {
      var sent =
          parameters(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
      var challenge =
          Base64.getUrlEncoder()
              .withoutPadding()
              .encodeToString(
                  MessageDigest.getInstance("SHA-256")
                      .digest(sent.get("code_verifier").getBytes(StandardCharsets.US_ASCII)));
      var basic = exchange.getRequestHeaders().getFirst("Authorization");
      proven =
          challenge.equals(asked.get("code_challenge"))
              && sent.get("code").equals("the-code")
              && basic != null
              && basic.startsWith("Basic ");
      var set =
          claims.apply(
              new JWTClaimsSet.Builder()
                  .issuer(issuer())
                  .audience("center")
                  .subject("1234")
                  .claim("preferred_username", "alice")
                  .claim("realm", Map.of("roles", List.of("other", "mqtt-admins")))
                  .claim("nonce", asked.get("nonce"))
                  .issueTime(new Date())
                  .expirationTime(Date.from(Instant.now().plusSeconds(60))));
      var jwt =
          new SignedJWT(new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("k").build(), set.build());
      jwt.sign(new RSASSASigner(signsWith));
      answer(
          exchange,
          "{\"access_token\":\"a\",\"token_type\":\"Bearer\",\"id_token\":\"%s\"}"
              .formatted(jwt.serialize()));
    } catch (Exception e) {
      throw new IOException(e);
    }
  }

  private Running running() throws IOException {
    var secret = Files.writeString(folder.resolve("secret"), SECRET);
    return Running.with(
        folder,
        List.of(
            "oidc.issuer=" + issuer(),
            "oidc.clientId=center",
            "oidc.clientSecretFile=" + secret,
            "oidc.rolesClaim=realm.roles",
            "oidc.admins=mqtt-admins",
            "oidc.viewers=everybody"));
  }

  /** Goes to the provider and comes back; what is returned is where one ends. */
  private String signOn(Running running, Running.Browser browser) {
    var away = browser.page("/login/oidc?next=%2Faudit");
    assertThat(away.statusCode()).isEqualTo(303);
    var to = URI.create(away.headers().firstValue("Location").orElseThrow());
    asked = parameters(to.getRawQuery());
    var bound = away.headers().firstValue("Set-Cookie").orElseThrow().split(";")[0];
    return comeBack(browser, bound, asked.get("state"));
  }

  private static String comeBack(Running.Browser browser, String bound, String state) {
    var back =
        browser.get(
            "/login/oidc/callback?code=the-code&state=" + state,
            "Cookie",
            bound,
            "Sec-Fetch-Site",
            "cross-site");
    back.headers().allValues("Set-Cookie").stream()
        .map(value -> value.split(";")[0])
        .filter(value -> value.startsWith("center-demo="))
        .findFirst()
        .ifPresent(browser::takeCookie);
    return back.headers().firstValue("Location").orElse(back.body());
  }

  @Test
  void signOn_whenTheProviderGivesARole_thenOneIsLoggedInWithIt() throws Exception {
    try (var running = running()) {
      var browser = running.browser();

      assertThat(signOn(running, browser)).isEqualTo("/audit");

      assertThat(proven).isTrue();
      assertThat(asked).containsEntry("code_challenge_method", "S256").containsKey("nonce");
      var me = json(browser.get("/api/v1/session"));
      assertThat(me.get("name").asText()).isEqualTo("alice (single sign-on)");
      assertThat(me.get("role").asText()).isEqualTo("ADMIN");
      running.restart();
      assertThat(browser.get("/api/v1/session").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void signOn_whenTheProviderGivesNoRole_thenOneStaysOut_andReadsWhy() throws Exception {
    claims = builder -> builder.claim("realm", Map.of("roles", List.of("other")));
    try (var running = running()) {
      var browser = running.browser();

      var end = signOn(running, browser);

      assertThat(end).startsWith("/login?refused=").contains("gives+you+no+role");
      assertThat(browser.get("/api/v1/session").statusCode()).isEqualTo(401);
    }
  }

  @Test
  void signOn_whenTheTokenIsNotForThisLogIn_thenOneStaysOut() throws Exception {
    var others = new RSAKeyGenerator(2048).keyID("k").generate();
    List<UnaryOperator<JWTClaimsSet.Builder>> wrong =
        List.of(
            builder -> builder.claim("nonce", "another"),
            builder -> builder.audience("another"),
            builder -> builder.issuer("http://another"),
            builder -> builder.expirationTime(Date.from(Instant.now().minus(Duration.ofHours(1)))));
    try (var running = running()) {
      for (var each : wrong) {
        claims = each;
        var browser = running.browser();
        assertThat(signOn(running, browser)).contains("ID+token+is+not+valid");
        assertThat(browser.get("/api/v1/session").statusCode()).isEqualTo(401);
      }
      claims = builder -> builder;
      signsWith = others;
      assertThat(signOn(running, running.browser())).contains("ID+token+is+not+valid");
    }
  }

  @Test
  void signOn_whenItWasBegunInAnotherBrowser_orTwice_thenOneStaysOut() throws Exception {
    try (var running = running()) {
      var begun = running.browser().page("/login/oidc");
      var to = URI.create(begun.headers().firstValue("Location").orElseThrow());
      asked = parameters(to.getRawQuery());

      var victim = running.browser();
      assertThat(comeBack(victim, "center-demo-sign-on=another", asked.get("state")))
          .contains("begun+elsewhere");
      var bound = begun.headers().firstValue("Set-Cookie").orElseThrow().split(";")[0];
      assertThat(comeBack(victim, bound, asked.get("state"))).contains("begun+elsewhere");
      assertThat(victim.get("/api/v1/session").statusCode()).isEqualTo(401);
    }
  }

  @Test
  void signOn_whenTheProviderIsAway_thenThePageSaysSo_andPasswordsStillWork() throws Exception {
    try (var running = running()) {
      provider.stop(0);

      var answer = running.browser().page("/login/oidc");

      assertThat(answer.statusCode()).isEqualTo(502);
      assertThat(answer.body()).contains("Users with a password can log in");
      assertThat(running.admin().get("/api/v1/session").statusCode()).isEqualTo(200);
    }
  }
}
