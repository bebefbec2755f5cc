package io.mosquittoha.manifests.values;

/** What is different on OpenShift and OKD. */
public record OpenShift(
    @Value(
            "Leave user and group ids to the namespace's security context constraint"
                + " (`restricted-v2` is enough)")
        boolean enabled) {}
