package io.mosquittoha.management.web;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.util.DefaultResourceRetriever;
import com.nimbusds.oauth2.sdk.AuthorizationCode;
import com.nimbusds.oauth2.sdk.AuthorizationCodeGrant;
import com.nimbusds.oauth2.sdk.GeneralException;
import com.nimbusds.oauth2.sdk.ParseException;
import com.nimbusds.oauth2.sdk.ResponseType;
import com.nimbusds.oauth2.sdk.Scope;
import com.nimbusds.oauth2.sdk.TokenRequest;
import com.nimbusds.oauth2.sdk.auth.ClientAuthentication;
import com.nimbusds.oauth2.sdk.auth.ClientAuthenticationMethod;
import com.nimbusds.oauth2.sdk.auth.ClientSecretBasic;
import com.nimbusds.oauth2.sdk.auth.ClientSecretPost;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.id.Issuer;
import com.nimbusds.oauth2.sdk.id.State;
import com.nimbusds.oauth2.sdk.pkce.CodeChallengeMethod;
import com.nimbusds.oauth2.sdk.pkce.CodeVerifier;
import com.nimbusds.openid.connect.sdk.AuthenticationRequest;
import com.nimbusds.openid.connect.sdk.Nonce;
import com.nimbusds.openid.connect.sdk.OIDCTokenResponse;
import com.nimbusds.openid.connect.sdk.OIDCTokenResponseParser;
import com.nimbusds.openid.connect.sdk.claims.IDTokenClaimsSet;
import com.nimbusds.openid.connect.sdk.op.OIDCProviderMetadata;
import com.nimbusds.openid.connect.sdk.validators.IDTokenValidator;
import io.mosquittoha.management.Settings.OpenId;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** OpenID Connect: authorization code with PKCE, state bound to the browser, and a nonce. */
final class SingleSignOn {

  private static final Logger LOG = LoggerFactory.getLogger(SingleSignOn.class);
  private static final int TIMEOUT_MILLIS = 5_000;
  private static final int MOST_BYTES = 1 << 20;
  private static final Duration PATIENCE = Duration.ofMinutes(10);
  private static final Duration KNOWN_FOR = Duration.ofHours(1);
  private static final int MOST_WAITING = 1_000;

  private final OpenId settings;
  private final InstantSource clock;
  private final Map<String, Waiting> waiting = new LinkedHashMap<>();
  private Optional<Provider> provider = Optional.empty();

  SingleSignOn(OpenId settings, InstantSource clock) {
    this.settings = settings;
    this.clock = clock;
  }

  /** What is known of the provider, and since when. */
  private record Provider(OIDCProviderMetadata metadata, Instant at) {}

  /** Somebody who was sent to the provider. */
  private record Waiting(
      CodeVerifier verifier, Nonce nonce, String browser, String next, URI back, Instant since) {}

  /** Where to send somebody, and what their browser has to bring when it comes back. */
  record Departure(URI to, String browser) {}

  /** Somebody whom the provider knows, and who may come in. */
  record Arrival(String name, Role role, String next) {}

  /**
   * @param back where the provider sends them
   * @param next where they wanted to go
   * @throws Problem 502 if the provider can't be asked
   */
  Departure depart(URI back, String next) {
    var state = Secret.fresh();
    var browser = Secret.fresh();
    var verifier = new CodeVerifier();
    var nonce = new Nonce();
    var request =
        new AuthenticationRequest.Builder(
                ResponseType.CODE,
                new Scope("openid", "profile", "email"),
                new ClientID(settings.clientId()),
                back)
            .endpointURI(provider().getAuthorizationEndpointURI())
            .state(new State(state))
            .nonce(nonce)
            .codeChallenge(verifier, CodeChallengeMethod.S256)
            .build();
    synchronized (waiting) {
      var now = clock.instant();
      waiting.values().removeIf(each -> each.since.plus(PATIENCE).isBefore(now));
      if (waiting.size() >= MOST_WAITING) {
        waiting.remove(waiting.keySet().iterator().next());
      }
      waiting.put(
          state,
          new Waiting(verifier, nonce, Secret.encode(Secret.hash(browser)), next, back, now));
    }
    return new Departure(request.toURI(), browser);
  }

  /**
   * @param state what the provider sent back
   * @param browser what the browser brought
   * @throws Problem 403 if they may not come in, 502 if the provider can't be asked
   */
  Arrival arrive(String state, String browser, String code, String error) {
    Optional<Waiting> found;
    synchronized (waiting) {
      found = Optional.ofNullable(waiting.remove(state));
    }
    var departed =
        found
            .filter(each -> each.since.plus(PATIENCE).isAfter(clock.instant()))
            .filter(each -> Secret.same(each.browser, Secret.encode(Secret.hash(browser))))
            .orElseThrow(() ->
                new Problem(403, "That log-in was begun elsewhere, or too long ago. Begin again."));
    if (!error.isEmpty()) {
      LOG.warn("Single sign-on was refused: {}", error.replaceAll("[^ -~]", "?"));
      throw new Problem(403, "The provider did not let you in. Begin again, or ask its admin.");
    }
    var claims = claims(departed, code);
    return new Arrival(name(claims), role(claims), departed.next);
  }

  private IDTokenClaimsSet claims(Waiting departed, String code) {
    var metadata = provider();
    try {
      var grant =
          new AuthorizationCodeGrant(new AuthorizationCode(code), departed.back, departed.verifier);
      var secret = secret();
      var request =
          (secret.isEmpty()
                  ? new TokenRequest.Builder(
                      metadata.getTokenEndpointURI(), new ClientID(settings.clientId()), grant)
                  : new TokenRequest.Builder(
                      metadata.getTokenEndpointURI(), authentication(metadata, secret), grant))
              .build()
              .toHTTPRequest();
      request.setConnectTimeout(TIMEOUT_MILLIS);
      request.setReadTimeout(TIMEOUT_MILLIS);
      var response = OIDCTokenResponseParser.parse(request.send());
      if (!(response.toSuccessResponse() instanceof OIDCTokenResponse tokens)) {
        throw unreachable("its answer has no ID token");
      }
      var token = tokens.getOIDCTokens().getIDToken();
      return validator(metadata, token.getHeader().getAlgorithm().getName())
          .validate(token, departed.nonce);
    } catch (BadJOSEException | JOSEException e) {
      LOG.warn("The provider's ID token was refused: {}", e.getMessage());
      throw new Problem(403, "The provider's ID token is not valid. The log says why.");
    } catch (IOException | ParseException e) {
      throw unreachable(String.valueOf(e.getMessage()));
    } catch (ClassCastException | IllegalStateException e) {
      LOG.warn("The provider refused the code: {}", e.getMessage());
      throw new Problem(403, "The provider did not accept the log-in. Begin again.");
    }
  }

  /** Signed by the provider's published keys; "none" and shared secrets are not accepted. */
  private IDTokenValidator validator(OIDCProviderMetadata metadata, String algorithm)
      throws BadJOSEException, IOException {
    var signed = JWSAlgorithm.parse(algorithm);
    if (!JWSAlgorithm.Family.SIGNATURE.contains(signed)) {
      throw new BadJOSEException("it is signed by " + algorithm);
    }
    return new IDTokenValidator(
        metadata.getIssuer(),
        new ClientID(settings.clientId()),
        signed,
        metadata.getJWKSetURI().toURL(),
        new DefaultResourceRetriever(TIMEOUT_MILLIS, TIMEOUT_MILLIS, MOST_BYTES));
  }

  private String secret() {
    try {
      return Files.readString(settings.clientSecretFile()).strip();
    } catch (IOException e) {
      // A public client has none: PKCE protects the code.
      return "";
    }
  }

  private ClientAuthentication authentication(OIDCProviderMetadata metadata, String secret) {
    var id = new ClientID(settings.clientId());
    var known = new com.nimbusds.oauth2.sdk.auth.Secret(secret);
    var methods = metadata.getTokenEndpointAuthMethods();
    return methods == null || methods.contains(ClientAuthenticationMethod.CLIENT_SECRET_BASIC)
        ? new ClientSecretBasic(id, known)
        : new ClientSecretPost(id, known);
  }

  private synchronized OIDCProviderMetadata provider() {
    var now = clock.instant();
    if (provider.isEmpty() || provider.get().at.plus(KNOWN_FOR).isBefore(now)) {
      try {
        provider =
            Optional.of(
                new Provider(
                    OIDCProviderMetadata.resolve(
                        new Issuer(settings.issuer()), TIMEOUT_MILLIS, TIMEOUT_MILLIS),
                    now));
      } catch (GeneralException | IOException e) {
        throw unreachable(String.valueOf(e.getMessage()));
      }
    }
    return provider.get().metadata;
  }

  private Problem unreachable(String why) {
    LOG.warn("The provider {} can't be asked: {}", settings.issuer(), why);
    return new Problem(
        502,
        "The provider of single sign-on, %s, cannot be asked: %s. Users with a password can log in."
            .formatted(settings.issuer(), why));
  }

  private static String name(IDTokenClaimsSet claims) {
    for (var claim : List.of("preferred_username", "email", "name")) {
      var name = claims.getStringClaim(claim);
      if (name != null && !name.isBlank()) {
        return name.length() > 100 ? name.substring(0, 100) : name;
      }
    }
    return claims.getSubject().getValue();
  }

  /** The most that any of the claim's values gives. */
  private Role role(IDTokenClaimsSet claims) {
    var values = values(claims.toJSONObject(), List.of(settings.rolesClaim().split("\\.")));
    if (values.stream().anyMatch(settings.admins()::contains)) {
      return Role.ADMIN;
    }
    if (values.stream().anyMatch(settings.editors()::contains)) {
      return Role.EDITOR;
    }
    if (values.stream().anyMatch(settings.viewers()::contains)) {
      return Role.VIEWER;
    }
    throw new Problem(
        403,
        "The provider knows you, but gives you no role here: the claim '%s' has none that is"
                .formatted(settings.rolesClaim())
            + " listed in oidc.admins, oidc.editors or oidc.viewers. Ask an admin.");
  }

  private static List<String> values(@Nullable Object claim, List<String> path) {
    if (claim instanceof Map<?, ?> map && !path.isEmpty()) {
      // A claim may have dots in its own name, as those that are addresses do.
      var whole = map.get(String.join(".", path));
      return whole == null
          ? values(map.get(path.getFirst()), path.subList(1, path.size()))
          : values(whole, List.of());
    }
    return switch (claim) {
      case String text -> List.of(text.split("[ ,]+"));
      case Collection<?> many -> many.stream().map(String::valueOf).toList();
      case null, default -> List.of();
    };
  }
}
