package io.mosquittoha.manifests.values;

/** One of a few words. Implemented by enums, whose constants cannot be spelt as YAML has them. */
public interface Choice {

  /** The word as it stands in {@code values.yaml}. */
  String word();
}
