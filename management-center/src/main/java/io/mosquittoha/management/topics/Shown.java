package io.mosquittoha.management.topics;

import java.util.List;

/**
 * What a page shows of the tree.
 *
 * @param nodes topics that are kept, of all pages together
 * @param bytes what they take
 * @param unknown about how many topics there was no room for
 * @param state what is wrong, in a sentence, or ""
 * @param open how many topics the page has open
 */
public record Shown(List<Row> rows, long nodes, long bytes, long unknown, String state, int open) {}
