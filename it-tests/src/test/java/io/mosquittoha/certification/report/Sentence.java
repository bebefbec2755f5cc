package io.mosquittoha.certification.report;

import java.util.Locale;

/** Makes a method's or a class's name a sentence that reads without knowing Java. */
final class Sentence {

  private Sentence() {}

  /**
   * {@code failover_whenBrokerProcessIsKilled_thenX} becomes "failover: when broker process is
   * killed, then x".
   */
  static String of(String methodName) {
    var parts = methodName.split("_");
    var sentence = new StringBuilder(words(parts[0]));
    for (var i = 1; i < parts.length; i++) {
      sentence.append(i == 1 ? ": " : ", ").append(words(parts[i]));
    }
    return sentence.toString();
  }

  /** {@code HighAvailabilityLifecycleIT} becomes "High availability lifecycle". */
  static String ofClass(String className) {
    var words = words(className.replaceFirst("IT$", ""));
    return words.substring(0, 1).toUpperCase(Locale.ROOT) + words.substring(1);
  }

  private static String words(String camelCase) {
    return camelCase
        .replaceAll("([a-z0-9])([A-Z])", "$1 $2")
        .replaceAll("\\bA([A-Z])", "a $1")
        .toLowerCase(Locale.ROOT)
        .replaceAll("\\btls\\b", "TLS")
        .replaceAll("\\bdns\\b", "DNS")
        .replaceAll("\\bsrv\\b", "SRV")
        .replaceAll("\\bmqtt\\b", "MQTT")
        .replaceAll("\\bqos\\b", "QoS")
        .replaceAll("\\bhaproxy\\b", "HAProxy")
        .replaceAll("\\buid\\b", "UID")
        .replaceAll("\\bhelm\\b", "Helm")
        .replaceAll("\\bkubernetes api\\b", "Kubernetes API");
  }
}
