package io.mosquittoha.certification.lab;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Gives a class a cluster of its own. The shared one is stopped for it, since a machine carries one
 * at a time, so such classes are ordered last.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
public @interface PrivateCluster {

  /** How many nodes there are besides the server. */
  int agents() default 0;

  /** What the cluster's DNS answers for. */
  String clusterDomain() default "cluster.local";
}
