package io.mosquittoha.agent.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mosquittoha.agent.Agent;
import io.mosquittoha.agent.Main;
import io.mosquittoha.agent.Settings;
import io.mosquittoha.agent.peer.PeerInfo;
import io.mosquittoha.agent.replication.Member;
import io.mosquittoha.agent.replication.Replica;
import io.mosquittoha.agent.replication.View;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * The cluster as this member sees it.
 *
 * @param leader who leads, if that is known
 * @param leads whether this member does
 * @param serving whether clients are served, as far as this member can know
 * @param allowed whether the leader, if it is this member, may acknowledge anything
 * @param broker what this member's broker does
 * @param required so many members must be in sync for anything to be acknowledged
 * @param members all that are there or should be, by ordinal
 */
record Cluster(
    Optional<String> id,
    String self,
    long epoch,
    Optional<String> leader,
    boolean leads,
    boolean serving,
    boolean allowed,
    Agent.Broker broker,
    boolean synchronous,
    boolean disk,
    int required,
    long position,
    long committed,
    Optional<String> limitReached,
    List<Seen> members) {

  /** What a member does. */
  enum Role {
    LEADER,
    FOLLOWER,
    /** Is there and not in sync yet. */
    JOINING,
    /** Should be there and is not. */
    UNREACHABLE
  }

  /**
   * A member.
   *
   * @param inSync whether it is one of those that everything acknowledged waits for
   * @param position the end of its log; only the leader knows that of others
   */
  record Seen(
      String name,
      Role role,
      boolean inSync,
      String incarnation,
      String address,
      OptionalLong position,
      OptionalLong lagBytes,
      String version,
      String revision) {

    boolean answers() {
      return role != Role.UNREACHABLE;
    }

    private JsonNode json() {
      var json = JsonNodeFactory.instance.objectNode();
      json.put("name", name);
      json.put("role", role.name().toLowerCase(Locale.ROOT));
      json.put("incarnation", incarnation);
      json.put("address", address);
      json.put("inSync", inSync);
      position.ifPresentOrElse(at -> json.put("position", at), () -> json.putNull("position"));
      lagBytes.ifPresentOrElse(lag -> json.put("lagBytes", lag), () -> json.putNull("lagBytes"));
      json.put("version", version);
      json.put("revision", revision);
      return json;
    }
  }

  Cluster {
    members = List.copyOf(members);
  }

  static Cluster of(Supervisor agent) {
    var settings = agent.settings();
    var sight = agent.sight();
    var leader = sight.flatMap(Replica.Sight::leader).map(Member::name);
    var leads = sight.map(Replica.Sight::leading).orElse(false);
    var members = sight.map(it -> members(settings, it, agent.peers())).orElse(List.of());
    var leaderAnswers =
        members.stream()
            .anyMatch(member -> leader.equals(Optional.of(member.name())) && member.answers());
    return new Cluster(
        sight.flatMap(Replica.Sight::view).map(View::cluster),
        settings.name(),
        sight.map(Replica.Sight::epoch).orElse(0L),
        leader,
        leads,
        leads ? agent.serves() : leaderAnswers,
        sight.map(Replica.Sight::serving).orElse(false),
        agent.broker(),
        settings.replication().synchronous(),
        settings.disk(),
        settings.replication().synchronous() ? settings.replication().minInSync() : 1,
        sight.map(it -> it.last().index()).orElse(0L),
        sight.map(Replica.Sight::committed).orElse(0L),
        agent.state().bytes() > settings.stateLimit()
            ? Optional.of(size(settings.stateLimit()))
            : Optional.empty(),
        members);
  }

  private static String size(long bytes) {
    return bytes < 1 << 20 ? (bytes >> 10) + " KiB" : (bytes >> 20) + " MiB";
  }

  private static List<Seen> members(
      Settings settings, Replica.Sight sight, Map<String, PeerInfo> peers) {
    var inSync =
        sight.view().map(View::inSync).orElse(List.of()).stream().map(Member::name).toList();
    var leader = sight.leader().map(Member::name);
    var seen = new TreeMap<String, Seen>();
    for (var name : expected(settings)) {
      seen.put(name, missing(name, inSync.contains(name), ""));
    }
    for (var member : sight.view().map(View::inSync).orElse(List.of())) {
      seen.put(member.name(), missing(member.name(), true, member.incarnation()));
    }
    for (var peer : sight.peers()) {
      var name = peer.member().name();
      if (peer.connected()) {
        var info = Optional.ofNullable(peers.get(name));
        var role =
            leader.equals(Optional.of(name))
                ? Role.LEADER
                : peer.inSync() ? Role.FOLLOWER : Role.JOINING;
        seen.put(
            name,
            new Seen(
                name,
                role,
                peer.inSync(),
                peer.member().incarnation(),
                info.map(it -> it.address().getHostAddress()).orElse(""),
                known(sight.leading(), peer.acknowledged()),
                known(sight.leading(), peer.lagBytes()),
                info.map(PeerInfo::version).orElse(""),
                info.map(PeerInfo::revision).orElse("")));
      } else if (seen.containsKey(name) && seen.get(name).incarnation().isEmpty()) {
        seen.put(name, missing(name, peer.inSync(), peer.member().incarnation()));
      }
    }
    var role = sight.leading() ? Role.LEADER : sight.inSync() ? Role.FOLLOWER : Role.JOINING;
    seen.put(
        settings.name(),
        new Seen(
            settings.name(),
            role,
            sight.inSync(),
            sight.self().incarnation(),
            settings.podIp(),
            OptionalLong.of(sight.last().index()),
            OptionalLong.of(0),
            Main.version(),
            settings.revision()));
    var members = new ArrayList<>(seen.values());
    members.sort(
        Comparator.<Seen>comparingInt(member -> new Member(member.name(), "").ordinal())
            .thenComparing(Seen::name));
    return members;
  }

  private static OptionalLong known(boolean known, long value) {
    return known ? OptionalLong.of(value) : OptionalLong.empty();
  }

  private static Seen missing(String name, boolean inSync, String incarnation) {
    return new Seen(
        name,
        Role.UNREACHABLE,
        inSync,
        incarnation,
        "",
        OptionalLong.empty(),
        OptionalLong.empty(),
        "",
        "");
  }

  /** The names that members have if there are as many as was said. */
  private static List<String> expected(Settings settings) {
    var name = settings.name();
    var dash = name.lastIndexOf('-');
    var names = new ArrayList<String>();
    if (dash > 0 && !settings.service().isEmpty()) {
      for (var i = 0; i < settings.replication().expected(); i++) {
        names.add(name.substring(0, dash + 1) + i);
      }
    }
    names.addAll(settings.members().keySet());
    return names;
  }

  ObjectNode json() {
    var json = JsonNodeFactory.instance.objectNode();
    json.put("cluster", id.orElse(null));
    json.put("self", self);
    json.put("epoch", epoch);
    json.put("leader", leader.orElse(null));
    json.put("serving", serving);
    json.put("summary", Summary.of(this));
    json.put("replication", synchronous ? "sync" : "async");
    json.put("durability", disk ? "disk" : "memory");
    json.put("minInSync", required);
    var inSync = json.putArray("inSync");
    members.stream().filter(Seen::inSync).map(Seen::name).sorted().forEach(inSync::add);
    json.put("position", position);
    json.put("committed", committed);
    json.set("members", membersJson());
    return json;
  }

  ArrayNode membersJson() {
    var array = JsonNodeFactory.instance.arrayNode();
    members.forEach(member -> array.add(member.json()));
    return array;
  }
}
