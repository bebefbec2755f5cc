package io.mosquittoha.manifests.values;

import io.fabric8.kubernetes.api.model.KubernetesResource;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Describes and limits one value. Schema, README and the check at construction all come from it.
 */
@Documented
@Target(ElementType.RECORD_COMPONENT)
@Retention(RetentionPolicy.RUNTIME)
public @interface Value {

  /** What it does, in a sentence for the reader of the README. */
  String value();

  /** What a text, each element of a list, or each value of a map must match; empty: anything. */
  String pattern() default "";

  /** A text that matches {@link #pattern}, shown to whoever wrote one that does not. */
  String example() default "";

  long minimum() default Long.MIN_VALUE;

  long maximum() default Long.MAX_VALUE;

  /** How many elements a list needs at least. */
  int minimumItems() default 0;

  /** Texts of a map may be written as plain numbers (quantities such as {@code cpu: 1}). */
  boolean numbersToo() default false;

  /** Keys beyond the known ones are allowed, because they belong to somebody else. */
  boolean open() default false;

  /** The Kubernetes type that a free-form object, or each element of the list, must fit. */
  Class<? extends KubernetesResource> fits() default Anything.class;

  /** Says that a free-form object has no type that is known here. */
  interface Anything extends KubernetesResource {}
}
