package io.mosquittoha.management;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;

/**
 * What this application is told: a file of properties, which the chart writes. Every key has a
 * default; one that nobody knows stops the start.
 *
 * @param variant which chart it is part of
 * @param release the Helm release's name
 * @param namespace of Kubernetes; "" without Kubernetes
 * @param statefulSet the brokers' StatefulSet; its pods are {@code NAME-N}
 * @param proxies the HAProxy's Deployment, or "" if there is none
 * @param service the headless Service's whole DNS name; a broker is {@code NAME-N.SERVICE}
 * @param brokers how many brokers there should be; more are found by themselves
 * @param members without Kubernetes: {@code NAME=HOST:AGENTPORT:MQTTPORT}, separated by commas
 * @param agentPort the agents' HTTP port; 0 where there are no agents
 * @param mqttPort where brokers take this application's MQTT
 * @param entrance where clients come in, {@code HOST:PORT}, for the connection check; or ""
 * @param entranceTls whether that speaks TLS
 * @param account the account that brokers know this application by
 * @param passwordFile its password
 * @param tokenFile the agents' token
 * @param firstPasswordFile the first password of the user {@code admin}
 * @param data the folder for what is kept
 * @param port HTTP, or HTTPS if there is a certificate; 0 for any that is free
 * @param certificate PEM file; empty for HTTP. Read again when it changes
 * @param certificateKey PEM file
 * @param base the path that all addresses begin with, "" or {@code /like/this}
 * @param publicUrl the address that browsers use, without {@code base}, for OIDC and secure cookies
 *     behind a proxy; or ""
 * @param history how long figures are kept
 * @param openId single sign-on, if there is one
 */
public record Settings(
    Variant variant,
    String release,
    String namespace,
    String statefulSet,
    String proxies,
    String service,
    int brokers,
    List<Member> members,
    int agentPort,
    int mqttPort,
    String entrance,
    boolean entranceTls,
    String account,
    Path passwordFile,
    Path tokenFile,
    Path firstPasswordFile,
    Path data,
    int port,
    Optional<Path> certificate,
    Optional<Path> certificateKey,
    String base,
    String publicUrl,
    Duration history,
    Optional<OpenId> openId) {

  /** Which chart it is part of. */
  public enum Variant {
    SINGLE,
    HA,
    AUTOSCALING
  }

  /** A broker whose addresses are not found by DNS. */
  public record Member(String name, String host, int agentPort, int mqttPort) {}

  /**
   * Single sign-on by OpenID Connect.
   *
   * @param rolesClaim the claim of the ID token that has roles or groups, {@code a.b} for nested
   * @param admins values of it that make an admin
   * @param editors values that make an editor
   * @param viewers values that make a viewer; with none of all these, nobody is let in
   */
  public record OpenId(
      String issuer,
      String clientId,
      Path clientSecretFile,
      String rolesClaim,
      List<String> admins,
      List<String> editors,
      List<String> viewers) {}

  /** What is wrong with the file, and what to do. */
  public static final class WrongException extends Exception {
    private static final long serialVersionUID = 1;

    WrongException(String message) {
      super(message);
    }
  }

  /** Reads the file. */
  public static Settings read(Path file) throws WrongException {
    var properties = new Properties();
    try (var reader = Files.newBufferedReader(file)) {
      properties.load(reader);
    } catch (IOException | IllegalArgumentException e) {
      throw new WrongException("%s cannot be read: %s".formatted(file, e.getMessage()));
    }
    var keys = new Keys(properties);
    var variant = keys.variant();
    var issuer = keys.text("oidc.issuer", "");
    var openId =
        new OpenId(
            issuer,
            keys.text("oidc.clientId", ""),
            Path.of(keys.text("oidc.clientSecretFile", "/center/oidc/client-secret")),
            keys.text("oidc.rolesClaim", "groups"),
            keys.list("oidc.admins"),
            keys.list("oidc.editors"),
            keys.list("oidc.viewers"));
    if (!issuer.isEmpty() && openId.clientId().isEmpty()) {
      throw new WrongException("oidc.issuer needs oidc.clientId: the id that the issuer gave");
    }
    var settings =
        new Settings(
            variant,
            keys.text("release", "mosquitto"),
            keys.text("namespace", ""),
            keys.text("statefulSet", "mosquitto"),
            keys.text("proxies", ""),
            keys.text("service", ""),
            keys.number("brokers", 1, 1, 1_000),
            keys.members(),
            keys.number("agentPort", variant == Variant.AUTOSCALING ? 0 : 7070, 0, 65_535),
            keys.number("mqttPort", 1884, 1, 65_535),
            keys.text("entrance", ""),
            keys.flag("entranceTls"),
            keys.text("account", "management-center"),
            Path.of(keys.text("passwordFile", "/center/account/password")),
            Path.of(keys.text("tokenFile", "/center/api/token")),
            Path.of(keys.text("firstPasswordFile", "/center/login/password")),
            Path.of(keys.text("data", "/center/data")),
            keys.number("port", 8080, 0, 65_535),
            keys.path("certificate"),
            keys.path("certificateKey"),
            keys.base(),
            keys.text("publicUrl", ""),
            Duration.ofHours(keys.number("historyHours", 24, 1, 24 * 31)),
            issuer.isEmpty() ? Optional.empty() : Optional.of(openId));
    keys.finish(file);
    return settings;
  }

  private record Keys(Properties properties, Set<String> known) {

    Keys(Properties properties) {
      this(properties, new TreeSet<>());
    }

    String text(String key, String otherwise) {
      known.add(key);
      return properties.getProperty(key, otherwise).strip();
    }

    int number(String key, int otherwise, int least, int most) throws WrongException {
      var text = text(key, Integer.toString(otherwise));
      try {
        var number = Integer.parseInt(text);
        if (number >= least && number <= most) {
          return number;
        }
      } catch (NumberFormatException e) {
        // Said below.
      }
      throw new WrongException(
          "%s=%s: give a number from %d to %d".formatted(key, text, least, most));
    }

    boolean flag(String key) throws WrongException {
      return switch (text(key, "false")) {
        case "true" -> true;
        case "false" -> false;
        default -> throw new WrongException(key + ": give true or false");
      };
    }

    List<String> list(String key) {
      var parts = new ArrayList<String>();
      for (var part : text(key, "").split(",")) {
        if (!part.isBlank()) {
          parts.add(part.strip());
        }
      }
      return List.copyOf(parts);
    }

    Optional<Path> path(String key) {
      var text = text(key, "");
      return text.isEmpty() ? Optional.empty() : Optional.of(Path.of(text));
    }

    Variant variant() throws WrongException {
      var text = text("variant", "ha");
      for (var variant : Variant.values()) {
        if (variant.name().toLowerCase(Locale.ROOT).equals(text)) {
          return variant;
        }
      }
      throw new WrongException("variant=%s: give single, ha or autoscaling".formatted(text));
    }

    String base() throws WrongException {
      var text = text("base", "");
      if (text.isEmpty() || text.equals("/")) {
        return "";
      }
      if (!text.matches("(/[A-Za-z0-9._~-]+)+")) {
        throw new WrongException(
            "base=%s: give a path like /mqtt, without a slash at its end".formatted(text));
      }
      return text;
    }

    List<Member> members() throws WrongException {
      var members = new ArrayList<Member>();
      for (var part : list("members")) {
        var fields = part.split("[=:]");
        try {
          members.add(
              new Member(
                  fields[0], fields[1], Integer.parseInt(fields[2]), Integer.parseInt(fields[3])));
        } catch (ArrayIndexOutOfBoundsException | NumberFormatException e) {
          throw new WrongException(
              "members: '%s' is not of the form NAME=HOST:AGENTPORT:MQTTPORT".formatted(part));
        }
      }
      return List.copyOf(members);
    }

    void finish(Path file) throws WrongException {
      for (var key : new TreeSet<>(properties.stringPropertyNames())) {
        if (!known.contains(key)) {
          throw new WrongException(
              "%s has a key that nobody knows: %s. Known are %s"
                  .formatted(file, key, String.join(", ", known)));
        }
      }
    }
  }
}
