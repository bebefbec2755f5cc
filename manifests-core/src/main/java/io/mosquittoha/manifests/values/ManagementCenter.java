package io.mosquittoha.manifests.values;

import io.fabric8.kubernetes.api.model.Affinity;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.Toleration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** The web application in which operators see the brokers, and act. */
public record ManagementCenter(
    @Value(
            "Run the management center, and let it in at the brokers by an account of its own,"
                + " `management-center`")
        boolean enabled,
    @Value("Image of the management center") Image image,
    @Value("Resources of the management center") Resources resources,
    @Value(
            value =
                "Most memory of the Java heap; raise it, and the limit of memory, for very many"
                    + " sessions",
            pattern = "^(([4-9][0-9]|[1-9][0-9]{2,4})m|[1-9][0-9]?g)$",
            example = "96m")
        String heap,
    @Value(value = "Hours for which figures are kept for the charts", minimum = 1, maximum = 744)
        int historyHours,
    @Value(
            value =
                "Path that all its addresses begin with, for a proxy that serves other things"
                    + " too; empty: none",
            pattern = "^((/[A-Za-z0-9._~-]+)+)?$",
            example = "/mqtt")
        String basePath,
    @Value(
            value =
                "Address by which browsers reach it, without `basePath`, for a proxy in front and"
                    + " for OIDC; empty: that of its Ingress or Route, if that names a host",
            pattern = "^(https?://[A-Za-z0-9.-]+(:[0-9]+)?)?$",
            example = "https://mqtt.example.com")
        String publicUrl,
    @Value(
            value =
                "Secret with the key `password`: the first one of the user `admin`, who has to"
                    + " change it; empty: the chart makes one and keeps it over upgrades",
            pattern = Patterns.NAME,
            example = "mqtt-management-login")
        String existingSecret,
    @Value("The Service that browsers dial") WebService service,
    @Value("An Ingress to it") WebIngress ingress,
    @Value("An OpenShift Route to it") WebRoute route,
    @Value("TLS at its own port") WebTls tls,
    @Value("Single sign-on by OpenID Connect") OpenId oidc,
    @Value("The volume for its users, its history and its audit trail") Volume persistence,
    @Value("What it may do in Kubernetes") Kubernetes kubernetes,
    @Value("Its rights in Kubernetes") Rbac rbac,
    @Value("Its identity in Kubernetes") ServiceAccountSettings serviceAccount,
    @Value(value = "Affinity of the management center's pod", fits = Affinity.class)
        Map<String, Object> affinity,
    @Value("Labels that a node must have") Map<String, String> nodeSelector,
    @Value(value = "Taints that the management center's pod tolerates", fits = Toleration.class)
        List<Map<String, Object>> tolerations,
    @Value(
            value = "Priority class of the management center's pod",
            pattern = Patterns.NAME,
            example = "business-critical")
        String priorityClassName,
    @Value(value = "Seconds that it has to stop", minimum = 1, maximum = 3600)
        int terminationGracePeriodSeconds,
    @Value(
            value = "Further labels of the management center's pod",
            pattern = Patterns.LABEL_VALUE,
            example = "team-a")
        Map<String, String> podLabels,
    @Value("Further annotations of the management center's pod") Map<String, String> podAnnotations,
    @Value(value = "Further environment of the management center's container", fits = EnvVar.class)
        List<Map<String, Object>> env) {

  public ManagementCenter {
    affinity = Frozen.map(affinity);
    nodeSelector = Frozen.map(nodeSelector);
    tolerations = Frozen.list(tolerations);
    podLabels = Frozen.map(podLabels);
    podAnnotations = Frozen.map(podAnnotations);
    env = Frozen.list(env);
  }

  /** The Service that browsers dial. */
  public record WebService(
      @Value("How browsers reach it") ClientService.Type type,
      @Value(value = "Port of the Service", minimum = 1, maximum = 65535) int port,
      @Value(
              value = "Port of the nodes; used with type NodePort only; null: Kubernetes chooses",
              minimum = 30000,
              maximum = 32767)
          OptionalInt nodePort,
      @Value("Annotations of the Service") Map<String, String> annotations,
      @Value(
              value = "Networks that the load balancer lets in; empty: all",
              pattern = Patterns.CIDR,
              example = "192.0.2.0/24")
          List<String> loadBalancerSourceRanges) {

    public WebService {
      annotations = Frozen.map(annotations);
      loadBalancerSourceRanges = Frozen.list(loadBalancerSourceRanges);
    }
  }

  /** An Ingress; its path is the base path. */
  public record WebIngress(
      @Value("Make an Ingress; its path is `managementCenter.basePath`") boolean enabled,
      @Value(
              value = "Class of the Ingress; empty: the cluster's default",
              pattern = Patterns.NAME,
              example = "nginx")
          String className,
      @Value(
              value = "Name that browsers dial; empty: any",
              pattern = Patterns.OPTIONAL_HOST,
              example = "mqtt.example.com")
          String host,
      @Value(
              value = "Secret with the certificate that the Ingress shows; empty: no TLS there",
              pattern = Patterns.NAME,
              example = "mqtt-example-com-tls")
          String tlsSecret,
      @Value("Annotations of the Ingress") Map<String, String> annotations) {

    public WebIngress {
      annotations = Frozen.map(annotations);
    }
  }

  /** A Route of OpenShift. */
  public record WebRoute(
      @Value(
              "Make a Route, where TLS ends, or, with `managementCenter.tls.enabled`, passes;"
                  + " needs `openshift.enabled`")
          boolean enabled,
      @Value(
              value = "Name that browsers dial; empty: OpenShift makes one up",
              pattern = Patterns.OPTIONAL_HOST,
              example = "mqtt.apps.example.com")
          String host,
      @Value("Annotations of the Route") Map<String, String> annotations) {

    public WebRoute {
      annotations = Frozen.map(annotations);
    }
  }

  /** TLS of the application itself. */
  public record WebTls(
      @Value("Serve HTTPS; set exactly one of the three sources below") boolean enabled,
      @Value(
              value = "Source 1: a Secret with tls.crt and tls.key",
              pattern = Patterns.NAME,
              example = "mqtt-management-tls")
          String existingSecret,
      @Value("Source 2: cert-manager") Certificates.CertManager certManager,
      @Value("Source 3: self-signed, for a trial") Certificates.SelfSigned selfSigned) {}

  /** Single sign-on. */
  public record OpenId(
      @Value(
              value = "Address of the provider; empty: no single sign-on",
              pattern = "^(https?://[^\\s,]+)?$",
              example = "https://id.example.com/realms/plant")
          String issuer,
      @Value(
              value = "What the provider knows the management center as",
              pattern = "^\\S*$",
              example = "mqtt")
          String clientId,
      @Value(
              value = "Secret with the key `client-secret`",
              pattern = Patterns.NAME,
              example = "mqtt-oidc")
          String existingSecret,
      @Value(
              value = "Claim that has a person's roles or groups; `a.b` for nested ones",
              pattern = "^\\S+$",
              example = "groups")
          String rolesClaim,
      @Value(value = "Values of it that make an admin", pattern = "^[^,]+$", example = "ops")
          List<String> admins,
      @Value(value = "Values of it that make an editor", pattern = "^[^,]+$", example = "dev")
          List<String> editors,
      @Value(value = "Values of it that make a viewer", pattern = "^[^,]+$", example = "staff")
          List<String> viewers) {

    public OpenId {
      admins = Frozen.list(admins);
      editors = Frozen.list(editors);
      viewers = Frozen.list(viewers);
    }
  }

  /** Where it keeps what it knows. */
  public record Volume(
      @Value("Give it a volume; without one, a restart forgets users, history and audit trail")
          boolean enabled,
      @Value(value = "Size of its volume", pattern = Patterns.STORAGE, example = "10Gi")
          String size,
      @Value(
              value =
                  "Storage class of the volume; empty: the cluster's default, `-`: none at all"
                      + " (a volume made by hand)",
              pattern = "^(-|[a-z0-9]([-a-z0-9.]*[a-z0-9])?)?$",
              example = "fast-ssd")
          String storageClass,
      @Value(value = "Access modes of the volume", minimumItems = 1)
          List<Persistence.AccessMode> accessModes,
      @Value("What happens to the volume when the release is uninstalled")
          Persistence.Policy whenDeleted) {

    public Volume {
      accessModes = Frozen.list(accessModes);
    }
  }

  /** Whether it asks Kubernetes at all. */
  public record Kubernetes(
      @Value(
              "Let it ask Kubernetes: logs, restarts, scaling. Without, its pod gets no token, and"
                  + " it shows what the brokers themselves say")
          boolean enabled) {}

  /** Who gives it its rights. */
  public record Rbac(@Value("Make a Role and a RoleBinding for it") boolean create) {}

  static ManagementCenter defaults() {
    var requests = Frozen.map(new java.util.TreeMap<>(Map.of("cpu", "50m", "memory", "192Mi")));
    return new ManagementCenter(
        true,
        Image.of("mosquitto-ha/management-center"),
        new Resources(requests, Map.of("memory", "384Mi")),
        "80m",
        24,
        "",
        "",
        "",
        new WebService(
            ClientService.Type.NODE_PORT, 8080, OptionalInt.of(31021), Map.of(), List.of()),
        new WebIngress(false, "", "", "", Map.of()),
        new WebRoute(false, "", Map.of()),
        new WebTls(
            false, "", Certificates.CertManager.defaults(), Certificates.SelfSigned.defaults()),
        new OpenId("", "", "", "groups", List.of(), List.of(), List.of()),
        new Volume(
            true,
            "1Gi",
            "",
            List.of(Persistence.AccessMode.READ_WRITE_ONCE),
            Persistence.Policy.RETAIN),
        new Kubernetes(true),
        new Rbac(true),
        new ServiceAccountSettings(true, "", Map.of()),
        Map.of(),
        Map.of(),
        List.of(),
        "",
        30,
        Map.of(),
        Map.of(),
        List.of());
  }
}
