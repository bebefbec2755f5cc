package io.mosquittoha.manifests.values;

/** What {@code helm test} runs. */
public record Tests(@Value("Have a `helm test` that publishes and receives") boolean enabled) {}
