package io.mosquittoha.certification.lab;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.awaitility.core.ConditionTimeoutException;

/** The agents of a release's brokers: what they say about the cluster, and what they are told. */
public final class Agents {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Installation installation;
  private final AgentCalls calls;

  Agents(Installation installation, AgentCalls calls) {
    this.installation = installation;
    this.calls = calls;
  }

  /** Whether this one says that clients are to be led to it. */
  public boolean isLeader(Pod pod) {
    return calls.call(pod, "GET", "/leader", Optional.empty(), "").isSuccess();
  }

  /** The cluster as this one sees it, if it answers. */
  public Optional<View> view(Pod pod) {
    return get(pod, "/api/v1/cluster").map(View::of);
  }

  private Optional<JsonNode> get(Pod pod, String path) {
    var reply = calls.call(pod, "GET", path, Optional.empty(), "");
    if (!reply.isSuccess()) {
      return Optional.empty();
    }
    try {
      return Optional.of(JSON.readTree(reply.body()));
    } catch (JsonProcessingException e) {
      throw new AssertionError(
          "%s of %s is no JSON: %s".formatted(path, pod.getMetadata().getName(), reply.body()), e);
    }
  }

  /** The pod that serves clients now. */
  public Pod leader() {
    return await("one broker to lead")
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> installation.brokers().stream().filter(this::isLeader).findFirst(),
            Optional::isPresent)
        .orElseThrow();
  }

  /** All others. */
  public List<Pod> followers() {
    var leader = leader().getMetadata().getName();
    return installation.brokers().stream()
        .filter(pod -> !pod.getMetadata().getName().equals(leader))
        .toList();
  }

  /**
   * Waits until every broker is in sync, and all of them see that.
   *
   * @return what they see
   */
  public View awaitFormed() {
    var last = new TreeMap<String, String>();
    try {
      return await("all brokers to be in sync")
          .atMost(Duration.ofSeconds(120))
          .until(() -> formed(last), Optional::isPresent)
          .orElseThrow();
    } catch (ConditionTimeoutException e) {
      throw new AssertionError("brokers did not come together; they say: " + last, e);
    }
  }

  private Optional<View> formed(Map<String, String> last) {
    var views = new HashSet<View>();
    var epochs = new HashSet<Long>();
    var leaders = new HashSet<String>();
    var names = new ArrayList<String>();
    var pods = installation.brokers();
    last.clear();
    for (var pod : pods) {
      var name = pod.getMetadata().getName();
      names.add(name);
      var view = view(pod);
      last.put(name, view.map(View::toString).orElse("nothing"));
      view.ifPresent(seen -> {
        views.add(seen);
        epochs.add(seen.epoch());
        leaders.add(seen.leader());
      });
    }
    names.sort(Comparator.naturalOrder());
    var leading =
        views.stream().filter(view -> view.serving() && view.inSync().equals(names)).findFirst();
    return last.size() == pods.size()
            && last.values().stream().noneMatch("nothing"::equals)
            && epochs.size() == 1
            && leaders.size() == 1
            && installation.brokers().stream().filter(this::isLeader).count() == 1
        ? leading
        : Optional.empty();
  }

  /**
   * Waits until all brokers have the same state. While nothing changes they get to the same
   * position, and then they must be equal.
   *
   * @throws AssertionError if they are not
   */
  public void expectEqual() {
    record State(long position, String hash, String counts) {}
    var states = new TreeMap<String, State>();
    await("all brokers to be at the same position")
        .atMost(Duration.ofSeconds(30))
        .until(() -> {
          states.clear();
          for (var pod : installation.brokers()) {
            var state = get(pod, "/api/v1/state");
            if (state.isEmpty()) {
              return false;
            }
            states.put(
                pod.getMetadata().getName(),
                new State(
                    state.get().path("position").asLong(-1),
                    state.get().path("hash").asText(""),
                    state.get().path("counts").toString()));
          }
          return states.values().stream().mapToLong(State::position).distinct().count() == 1;
        });
    if (states.values().stream().map(State::hash).distinct().count() != 1
        || states.values().stream().anyMatch(state -> state.hash().isEmpty())) {
      throw new AssertionError("brokers are at the same position with other states: " + states);
    }
  }

  /** Everything that they say, by pod, for people. */
  Map<String, String> statements() {
    var statements = new TreeMap<String, String>();
    for (var pod : installation.brokers()) {
      var text = new StringBuilder();
      for (var path :
          List.of("/leader", "/api/v1/cluster", "/api/v1/state", "/api/v1/events", "/metrics")) {
        var reply = calls.call(pod, "GET", path, Optional.empty(), "");
        text.append("GET %s: %d%n%s%n%n".formatted(path, reply.status(), reply.body().strip()));
      }
      statements.put(pod.getMetadata().getName(), text.toString());
    }
    return statements;
  }

  /** What happened in later epochs than this one, in order. */
  public List<Turn> since(long epoch) {
    // Whoever was not there tells nothing of it, and several may tell the same.
    var turns = new TreeMap<String, Turn>();
    for (var pod : installation.brokers()) {
      get(pod, "/api/v1/events")
          .ifPresent(answer ->
              answer
                  .path("events")
                  .forEach(event -> {
                    var turn = Turn.of(event);
                    if (turn.epoch() > epoch) {
                      turns.merge(
                          "%08d %s".formatted(turn.epoch(), turn.kind()),
                          turn,
                          (one, other) ->
                              one.phases().size() >= other.phases().size() ? one : other);
                    }
                  }));
    }
    return List.copyOf(turns.values());
  }

  /**
   * Has another broker lead.
   *
   * @throws AssertionError if the leader refuses
   */
  public void move(Optional<String> to) {
    var body = JSON.createObjectNode();
    to.ifPresent(member -> body.put("member", member));
    var reply =
        calls.call(
            leader(), "POST", "/api/v1/leader", Optional.of(installation.token()), body.toString());
    if (!reply.isSuccess()) {
      throw new AssertionError("the leader was not moved: " + reply);
    }
  }

  /** What is answered to somebody who does not show the token. */
  public int moveWithoutToken() {
    return calls.call(leader(), "POST", "/api/v1/leader", Optional.empty(), "{}").status();
  }
}
