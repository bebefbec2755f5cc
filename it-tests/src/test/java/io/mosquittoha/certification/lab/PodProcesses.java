package io.mosquittoha.certification.lab;

import io.fabric8.kubernetes.api.model.Pod;
import io.mosquittoha.testbed.Node;
import java.util.List;

/**
 * A pod's processes, found on its node by the pod's uid in their control group. It needs nothing
 * but a shell and /proc on the node, so it works with every node image.
 */
public final class PodProcesses {

  private final Node node;
  private final Pod pod;

  PodProcesses(Node node, Pod pod) {
    this.node = node;
    this.pod = pod;
  }

  /** SIGKILL to the broker itself; its supervisor lives and has to notice. */
  public void killBroker() {
    signal("KILL", "mosquitto");
  }

  /** SIGKILL to the agent; the container lives until its first process has noticed. */
  public void killAgent() {
    signal("KILL", "java");
  }

  /** SIGKILL to the container's first process, as an out-of-memory kill would. */
  public void killContainer() {
    signal("KILL", "launch");
  }

  /** The broker keeps its sockets and says nothing any more. */
  public void freezeBroker() {
    signal("STOP", "mosquitto");
  }

  public void thawBroker() {
    signal("CONT", "mosquitto");
  }

  /** Every process of the pod stands still. */
  public void freeze() {
    signalAll("STOP");
  }

  public void thaw() {
    signalAll("CONT");
  }

  /** SIGKILL to every process of the pod at once. */
  public void kill() {
    signalAll("KILL");
  }

  /** Resident memory in bytes of the pod's Java process. */
  public long javaResidentBytes() {
    return Long.parseLong(
            shell("set -- $(grep ^VmRSS: /proc/%s/status); echo $2".formatted(pidOf("java")))
                .strip())
        * 1024;
  }

  /** The broker's process, as the node counts. */
  public long broker() {
    return Long.parseLong(pidOf("mosquitto"));
  }

  /** The user id that the broker really has. */
  public long brokerUid() {
    return Long.parseLong(
        shell("set -- $(grep ^Uid: /proc/%s/status); echo $2".formatted(pidOf("mosquitto")))
            .strip());
  }

  /** The capabilities that the broker could ever have, in hexadecimal; all zeros for none. */
  public String brokerCapabilities() {
    return shell("set -- $(grep ^CapBnd: /proc/%s/status); echo $2".formatted(pidOf("mosquitto")))
        .strip();
  }

  /** The mount options of the broker's root file system. */
  public List<String> brokerRootMount() {
    return List.of(
        shell(
                "grep ' / / ' /proc/%1$s/mountinfo || cat /proc/%1$s/mountinfo"
                    .formatted(pidOf("mosquitto")))
            .lines()
            .filter(line -> line.split(" ")[4].equals("/"))
            .findFirst()
            .orElseThrow()
            .split(" ")[5]
            .split(","));
  }

  /**
   * The address that stands before this node on its network: what it sees of clients on the
   * machine.
   */
  public static String gatewayOf(Node node) {
    var route =
        node.exec("sh", "-c", "cat /proc/net/route")
            .orThrow()
            .lines()
            .skip(1)
            .map(line -> line.trim().split("\\s+"))
            .filter(fields -> fields[1].equals("00000000"))
            .findFirst()
            .orElseThrow(() -> new IllegalStateException("the node has no default route"));
    var littleEndian = Long.parseLong(route[2], 16);
    return "%d.%d.%d.%d"
        .formatted(
            littleEndian & 255,
            littleEndian >> 8 & 255,
            littleEndian >> 16 & 255,
            littleEndian >> 24 & 255);
  }

  private void signal(String signal, String command) {
    shell("kill -s %s %s".formatted(signal, pidOf(command)));
  }

  private void signalAll(String signal) {
    var pids = pids(".*");
    if (pids.isEmpty()) {
      throw new AssertionError(
          "pod %s has no process on node %s".formatted(pod.getMetadata().getName(), node.name()));
    }
    shell("kill -s %s %s || true".formatted(signal, String.join(" ", pids)));
  }

  private String pidOf(String command) {
    return pids(command).stream()
        .findFirst()
        .orElseThrow(() ->
            new AssertionError(
                "pod %s has no process %s on node %s"
                    .formatted(pod.getMetadata().getName(), command, node.name())));
  }

  /** Looks with as few processes of its own as possible, so that a blow falls soon. */
  private List<String> pids(String command) {
    var uid = pod.getMetadata().getUid();
    return shell(
            """
            for p in $(grep -lE '%s|%s' /proc/[0-9]*/cgroup 2>/dev/null); do
              p=${p%%/cgroup}
              read -r comm <$p/comm 2>/dev/null || continue
              echo "${p#/proc/} $comm"
            done
            """
                .formatted(uid, uid.replace('-', '_')))
        .lines()
        .map(line -> line.split(" ", 2))
        .filter(parts -> parts[1].matches(command))
        .map(parts -> parts[0])
        .toList();
  }

  private String shell(String script) {
    return node.exec("sh", "-c", script).orThrow();
  }
}
