package io.mosquittoha.management.topics;

/**
 * A line of the tree as it is shown. All text is somebody else's.
 *
 * @param id of the node; 0 for a line that only says how much is not shown
 * @param topic whole, as it is
 * @param label its last level, made visible
 * @param more how many of the level above are not shown, for a line that says so
 */
public record Row(
    long id,
    String topic,
    String label,
    int depth,
    boolean deeper,
    boolean open,
    String preview,
    boolean heard,
    boolean retained,
    int qos,
    int size,
    double rate,
    long count,
    String at,
    long more,
    boolean unfinished) {}
