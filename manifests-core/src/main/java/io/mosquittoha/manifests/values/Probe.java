package io.mosquittoha.manifests.values;

/** A question that the kubelet asks. */
public record Probe(
    @Value("Ask at all") boolean enabled,
    @Value(value = "Seconds between two questions", minimum = 1, maximum = 3600) int periodSeconds,
    @Value(value = "Seconds to wait for an answer", minimum = 1, maximum = 3600) int timeoutSeconds,
    @Value(value = "Wrong answers in a row that count", minimum = 1, maximum = 3600)
        int failureThreshold) {}
