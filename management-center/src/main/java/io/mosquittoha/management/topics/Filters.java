package io.mosquittoha.management.topics;

import com.hivemq.client.mqtt.datatypes.MqttTopic;
import com.hivemq.client.mqtt.datatypes.MqttTopicFilter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which filters show what is open. None of them is {@code #}, nor ends with it: each is bounded in
 * depth, and no two of them match the same topic, so that nothing comes twice.
 *
 * <p>MQTT has no way to ask for the names below a topic: they become known by messages. So the
 * root's {@code +} and {@code +/+} are held while anybody looks, and {@code T/+/+} for each open
 * {@code T}: its children's values come by the parent's, and of what is one deeper it becomes known
 * that there is something to open. Names that are deeper still are looked for in two bounded ways:
 * by the retained messages that a moment's subscription brings, and by a look at what passes, which
 * ends when too much does.
 */
final class Filters {

  /** How deep names are looked for. */
  static final int DEEPEST = 8;

  private Filters() {}

  /**
   * What is held.
   *
   * @param open topics whose children are shown; with each, all that lead to it
   * @param watched topics whose messages are shown one by one
   */
  static Set<String> held(Collection<String> open, Collection<String> watched) {
    var filters = new TreeSet<String>();
    for (var topic : open) {
      if (topic.equals(Tree.ROOT)) {
        filters.add("+");
        filters.add("+/+");
      } else {
        filters.add(topic + "/+/+");
        // Wildcards at the root match nothing that begins with a dollar sign.
        if (topic.equals(Tree.SYSTEM)) {
          filters.add(topic + "/+");
        }
      }
    }
    var wide = filters.stream().map(MqttTopicFilter::of).toList();
    for (var topic : watched) {
      if (wide.stream().noneMatch(filter -> filter.matches(MqttTopic.of(topic)))) {
        filters.add(topic);
      }
    }
    return filters;
  }

  /** What brings the retained messages below a topic, for a moment, the nearest first. */
  static List<String> kept(String topic) {
    var filters = new ArrayList<String>();
    var filter = new StringBuilder(topic.equals(Tree.ROOT) ? "+" : topic + "/+");
    for (var depth = 1; depth <= DEEPEST; depth++) {
      filters.add(filter.toString());
      filter.append("/+");
    }
    return List.copyOf(filters);
  }

  /** What passes deeper than the root's filters show. */
  static List<String> deep() {
    return kept(Tree.ROOT).subList(2, DEEPEST);
  }
}
