package io.mosquittoha.manifests.values;

import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** The Service that clients dial. */
public record ClientService(
    @Value("How clients reach it") Type type,
    @Value("Ports of the Service") Ports ports,
    @Value("Ports of the nodes; used with type NodePort only") NodePorts nodePorts,
    @Value("Annotations of the Service, which many load balancers are configured by")
        Map<String, String> annotations,
    @Value(
            value = "Further labels of the Service",
            pattern = Patterns.LABEL_VALUE,
            example = "public")
        Map<String, String> labels,
    @Value(
            value = "Class of the load balancer",
            pattern =
                "^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$",
            example = "metallb.example.com/internal")
        String loadBalancerClass,
    @Value(
            value = "Networks that the load balancer lets in; empty: all",
            pattern = Patterns.CIDR,
            example = "192.0.2.0/24")
        List<String> loadBalancerSourceRanges,
    @Value("`Local` keeps the client's address for the broker's log, at the price of even balance")
        TrafficPolicy externalTrafficPolicy,
    @Value("IPv4, IPv6 or both; empty: the cluster decides") FamilyPolicy ipFamilyPolicy,
    @Value("Address families in order of preference") List<Family> ipFamilies) {

  public ClientService {
    annotations = Frozen.map(annotations);
    labels = Frozen.map(labels);
    loadBalancerSourceRanges = Frozen.list(loadBalancerSourceRanges);
    ipFamilies = Frozen.list(ipFamilies);
  }

  /** Types of Services. */
  public enum Type implements Choice {
    NODE_PORT("NodePort"),
    CLUSTER_IP("ClusterIP"),
    LOAD_BALANCER("LoadBalancer");

    private final String word;

    Type(String word) {
      this.word = word;
    }

    @Override
    public String word() {
      return word;
    }
  }

  /** Ports of the Service. */
  public record Ports(
      @Value(value = "MQTT", minimum = 1, maximum = 65535) int mqtt,
      @Value(value = "MQTT over TLS", minimum = 1, maximum = 65535) int mqtts,
      @Value(value = "WebSockets", minimum = 1, maximum = 65535) int websockets,
      @Value(value = "WebSockets over TLS", minimum = 1, maximum = 65535) int wss) {}

  /** Ports of the nodes. */
  public record NodePorts(
      @Value(value = "MQTT; null: Kubernetes chooses", minimum = 30000, maximum = 32767)
          OptionalInt mqtt,
      @Value(value = "MQTT over TLS; null: Kubernetes chooses", minimum = 30000, maximum = 32767)
          OptionalInt mqtts,
      @Value(value = "WebSockets; null: Kubernetes chooses", minimum = 30000, maximum = 32767)
          OptionalInt websockets,
      @Value(
              value = "WebSockets over TLS; null: Kubernetes chooses",
              minimum = 30000,
              maximum = 32767)
          OptionalInt wss) {}

  /** Where a node sends what it receives. */
  public enum TrafficPolicy implements Choice {
    CLUSTER("Cluster"),
    LOCAL("Local");

    private final String word;

    TrafficPolicy(String word) {
      this.word = word;
    }

    @Override
    public String word() {
      return word;
    }
  }

  /** How many address families. */
  public enum FamilyPolicy implements Choice {
    OF_THE_CLUSTER(""),
    SINGLE_STACK("SingleStack"),
    PREFER_DUAL_STACK("PreferDualStack"),
    REQUIRE_DUAL_STACK("RequireDualStack");

    private final String word;

    FamilyPolicy(String word) {
      this.word = word;
    }

    @Override
    public String word() {
      return word;
    }
  }

  /** Address families. */
  public enum Family implements Choice {
    IPV4("IPv4"),
    IPV6("IPv6");

    private final String word;

    Family(String word) {
      this.word = word;
    }

    @Override
    public String word() {
      return word;
    }
  }

  static ClientService defaults() {
    return new ClientService(
        Type.NODE_PORT,
        new Ports(1883, 8883, 9001, 9443),
        new NodePorts(
            OptionalInt.of(31028), OptionalInt.empty(), OptionalInt.empty(), OptionalInt.empty()),
        Map.of(),
        Map.of(),
        "",
        List.of(),
        TrafficPolicy.CLUSTER,
        FamilyPolicy.OF_THE_CLUSTER,
        List.of());
  }
}
