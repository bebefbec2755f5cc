/**
 * The release's objects in Kubernetes: how many brokers there are, their pods and logs. Nothing
 * else of the application needs Kubernetes: without it, or where the service account may not, each
 * action says what is missing, and everything else goes on.
 *
 * <p>The API server is asked by the JDK's own HTTP client and not by a library, because fabric8's
 * took 15 MiB more resident memory once pods, size, permissions and logs were asked for (151
 * instead of 136 MiB, with a heap of 64 MiB at most and no archive of classes), and 29 jars with 15
 * MiB.
 *
 * <p>The rules that the service account needs, in a Role of the release's namespace; {@code F} is
 * the StatefulSet's name:
 *
 * <pre>{@code
 * - apiGroups: ["apps"]                     # how many brokers there should be, and are
 *   resources: ["statefulsets"]
 *   resourceNames: ["F"]
 *   verbs: ["get"]
 * - apiGroups: ["apps"]                     # scale
 *   resources: ["statefulsets/scale"]
 *   resourceNames: ["F"]
 *   verbs: ["patch"]
 * - apiGroups: ["autoscaling"]              # whether an autoscaler decides instead
 *   resources: ["horizontalpodautoscalers"]
 *   verbs: ["list"]
 * - apiGroups: [""]                         # a pod's node, start, restarts, image; restart it
 *   resources: ["pods"]
 *   verbs: ["get", "delete"]
 * - apiGroups: [""]                         # a broker's log
 *   resources: ["pods/log"]
 *   verbs: ["get"]
 * }</pre>
 *
 * Rules of a Role can't name pods by a pattern: whoever wants to narrow {@code pods} lists {@code
 * F-0} to {@code F-8} in {@code resourceNames}. Each rule may be left out; what it is for then says
 * so.
 */
@NullMarked
package io.mosquittoha.management.kubernetes;

import org.jspecify.annotations.NullMarked;
