package io.mosquittoha.management.web;

import org.jspecify.annotations.Nullable;

/** Who did what, when, from where. */
public interface Audit {

  /**
   * Writes it down; it is on the disk when this returns.
   *
   * @param before what there was, as an object that becomes JSON, or null
   * @param after what there is now, or null
   */
  void write(
      Person who, String action, String target, @Nullable Object before, @Nullable Object after);
}
