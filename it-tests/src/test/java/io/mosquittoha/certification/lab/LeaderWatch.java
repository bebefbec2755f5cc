package io.mosquittoha.certification.lab;

import io.fabric8.kubernetes.api.model.Pod;
import io.mosquittoha.testbed.Node;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;

/**
 * Asks every broker some ten times a second whether it leads, from its own node, so that the
 * answers come whatever happens between nodes. Times are the machine's, which all nodes share.
 */
public final class LeaderWatch implements AutoCloseable {

  /** Yes, said between two times; in seconds since the machine started. */
  record Yes(String pod, double from, double to) {}

  private record Post(Pod pod, Node node, String file) {}

  /** A leader that does not say yes for so long may be another one's successor when it does. */
  private static final double CONTINUOUS = 1.0;

  private static final String SCRIPT =
      """
      echo >"$2"
      while [ ! -e "$2.stop" ]; do
        read -r from rest </proc/uptime
        if timeout 1 sh -c "$3" "$1" 2>/dev/null; then
          read -r to rest </proc/uptime
          echo "$from $to" >>"$2"
        fi
        sleep 0.05
      done
      rm -f "$2" "$2.stop"
      """;

  private static final String QUESTION =
      """
      if ! command -v bash >/dev/null; then exec wget -q -T 1 -O /dev/null "http://$0:7070/leader"; fi
      exec bash -c 'exec 3<>"/dev/tcp/$0/7070" || exit 1
      printf "GET /leader HTTP/1.1\\r\\nHost: leader\\r\\nConnection: close\\r\\n\\r\\n" >&3
      read -r line <&3 && [[ $line == *" 200"* ]]' "$0"
      """;

  private final List<Post> posts = new ArrayList<>();

  private LeaderWatch() {}

  /** Begins to ask. */
  public static LeaderWatch over(Lab lab, List<Pod> pods) {
    var watch = new LeaderWatch();
    for (var pod : pods) {
      var node =
          lab.machines().nodes().stream()
              .filter(one -> one.name().equals(pod.getSpec().getNodeName()))
              .findAny()
              .orElseThrow();
      var post = new Post(pod, node, "/run/certification-" + UUID.randomUUID());
      watch.posts.add(post);
      node.exec(
              "sh",
              "-c",
              "setsid sh -c \"$0\" sh \"$1\" \"$2\" \"$3\" >/dev/null 2>&1 &",
              SCRIPT,
              pod.getStatus().getPodIP(),
              post.file(),
              QUESTION)
          .orThrow();
    }
    return watch;
  }

  /** All that was answered so far. */
  List<Yes> answers() {
    var answers = new ArrayList<Yes>();
    for (var post : posts) {
      post.node()
          .exec("cat", post.file())
          .stdout()
          .lines()
          .map(line -> line.split(" "))
          .filter(times -> times.length == 2)
          .forEach(times ->
              answers.add(
                  new Yes(
                      post.pod().getMetadata().getName(),
                      Double.parseDouble(times[0]),
                      Double.parseDouble(times[1]))));
    }
    return answers;
  }

  /** How often somebody said yes so far. */
  public int count() {
    return answers().size();
  }

  /** Times at which two said yes; none as long as all is well. */
  public List<String> conflicts() {
    return conflicts(answers());
  }

  /**
   * A broker led all the time between two of its answers that follow each other soon. Who says yes
   * within that time leads beside it.
   */
  static List<String> conflicts(List<Yes> answers) {
    var conflicts = new ArrayList<String>();
    var pods = answers.stream().map(Yes::pod).distinct().toList();
    for (var pod : pods) {
      var own =
          answers.stream()
              .filter(yes -> yes.pod().equals(pod))
              .sorted(Comparator.comparingDouble(Yes::from))
              .toList();
      for (var i = 1; i < own.size(); i++) {
        var before = own.get(i - 1);
        var after = own.get(i);
        if (after.from() - before.to() > CONTINUOUS) {
          continue;
        }
        answers.stream()
            .filter(yes -> !yes.pod().equals(pod))
            .filter(yes -> yes.from() >= before.to() && yes.to() <= after.from())
            .map(yes ->
                "%s said yes at %.2f, and %s at %.2f and at %.2f"
                    .formatted(yes.pod(), yes.from(), pod, before.to(), after.from()))
            .forEach(conflicts::add);
      }
    }
    return conflicts;
  }

  @Override
  public void close() {
    posts.forEach(post -> post.node().exec("touch", post.file() + ".stop"));
  }
}
