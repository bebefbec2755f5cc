package io.mosquittoha.manifests.schema;

import io.mosquittoha.manifests.values.Value;

/** Limits in words. */
final class Descriptions {

  private Descriptions() {}

  static boolean hasMinimum(Value doc) {
    return doc.minimum() != Long.MIN_VALUE;
  }

  static boolean hasMaximum(Value doc) {
    return doc.maximum() != Long.MAX_VALUE;
  }

  static String range(Value doc) {
    if (hasMinimum(doc) && hasMaximum(doc)) {
      return "from " + doc.minimum() + " to " + doc.maximum();
    }
    if (hasMinimum(doc)) {
      return doc.minimum() + " or more";
    }
    return hasMaximum(doc) ? doc.maximum() + " or less" : "a whole number";
  }
}
