package io.mosquittoha.agent.state;

/** How much there is of everything. */
public record Counts(
    int messages,
    int retained,
    int clients,
    int connected,
    int subscriptions,
    int queued,
    int wills,
    long bytes) {}
