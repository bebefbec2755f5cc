package io.mosquittoha.manifests.values;

import java.util.Map;

/** An OpenShift Route for MQTT over TLS; the router looks at the name in the TLS handshake. */
public record Route(
    @Value("Make a Route; needs `openshift.enabled` and `tls.enabled`") boolean enabled,
    @Value(
            value = "Name that clients dial; empty: OpenShift makes one up",
            pattern = Patterns.OPTIONAL_HOST,
            example = "mqtt.apps.example.com")
        String host,
    @Value("Annotations of the Route") Map<String, String> annotations) {

  public Route {
    annotations = Frozen.map(annotations);
  }
}
