package io.mosquittoha.management.topics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.mosquittoha.management.mqtt.Message;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

class TreeTest {

  @Test
  void heard_whenOnlyTheRootIsOpen_thenOnlyItsLevelIsKept() {
    var tree = new Tree(100, 1 << 20, 100);
    hear(tree, "a/b/c", "x", Set.of(Tree.ROOT));
    assertThat(rows(tree, Set.of(Tree.ROOT))).extracting(Row::label).containsExactly("a");
    assertThat(rows(tree, Set.of(Tree.ROOT)).getFirst().deeper()).isTrue();
    assertThat(tree.size()).isEqualTo(1);
  }

  @Test
  void heard_whenThereIsNoRoom_thenSaysAboutHowManyAreNotShown() {
    var tree = new Tree(100, 1 << 20, 100);
    for (var i = 0; i < 20_100; i++) {
      hear(tree, "t" + i, "x", Set.of(Tree.ROOT));
    }
    assertThat(tree.size()).isEqualTo(100);
    assertThat(tree.unknown()).isCloseTo(20_000, Percentage.withPercentage(5));
  }

  @Test
  void heard_whenPayloadsAreLarge_thenBytesStayBounded() {
    var tree = new Tree(10_000, 100_000, 10_000);
    for (var i = 0; i < 1_000; i++) {
      hear(tree, "t" + i, "x".repeat(5_000), Set.of(Tree.ROOT));
    }
    assertThat(tree.bytes()).isLessThanOrEqualTo(100_000);
    assertThat(rows(tree, Set.of(Tree.ROOT))).allMatch(row -> row.id() == 0 || row.size() == 5_000);
  }

  @Test
  void prune_whenNobodyHasItOpen_thenForgetsAllBelowAndItsBytes() {
    var tree = new Tree(100, 1 << 20, 100);
    hear(tree, "a/b", "x", Set.of(Tree.ROOT, "a"));
    tree.prune(Set.of(Tree.ROOT)::contains);
    assertThat(tree.size()).isEqualTo(1);
    tree.prune(topic -> false);
    assertThat(tree.bytes()).isZero();
  }

  @Test
  void rows_whenThereAreMoreThanFit_thenSaysHowMany() {
    var tree = new Tree(1_000, 1 << 20, 100);
    for (var i = 0; i < 50; i++) {
      hear(tree, "t" + i, "x", Set.of(Tree.ROOT));
    }
    var rows = tree.rows(Set.of(Tree.ROOT), false, "", 20, 1_000, 0);
    assertThat(rows).hasSize(21);
    assertThat(rows.getLast().more()).isEqualTo(30);
  }

  @Test
  void rate_whenMessagesStop_thenFades() {
    var tree = new Tree(10, 1 << 20, 100);
    for (var i = 0; i < 300; i++) {
      tree.heard(message("a", "x"), Tree.ROOT::equals, false, i * 100_000_000L, Instant.EPOCH);
    }
    var node = tree.find("a").orElseThrow();
    assertThat(node.rate(30_000_000_000L)).isCloseTo(10, within(1.0));
    assertThat(node.rate(90_000_000_000L)).isLessThan(0.01);
  }

  @Test
  void filters_whenMuchIsOpen_thenNoneHasAHashAndNoTwoOverlap() {
    var held =
        Filters.held(Set.of(Tree.ROOT, "a", "a/b", Tree.SYSTEM), Set.of("a/b/c", "x/y/z", "q"));
    assertThat(held)
        .containsExactlyInAnyOrder("+", "+/+", "a/+/+", "a/b/+/+", "$SYS/+", "$SYS/+/+", "x/y/z");
    assertThat(
            held.stream()
                .map(filter -> filter.split("/", -1).length + ":" + filter)
                .collect(Collectors.toSet()))
        .noneMatch(filter -> filter.contains("#"));
    assertThat(Filters.deep()).hasSize(Filters.DEEPEST - 2).noneMatch(f -> f.contains("#"));
  }

  private static List<Row> rows(Tree tree, Set<String> open) {
    return tree.rows(open, false, "", 1_000, 1_000, 0);
  }

  private static void hear(Tree tree, String topic, String payload, Set<String> open) {
    tree.heard(message(topic, payload), open::contains, false, 0, Instant.EPOCH);
  }

  private static Message message(String topic, String payload) {
    return Message.of(topic, payload.getBytes(StandardCharsets.UTF_8), 0, false);
  }
}
