package io.mosquittoha.management.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mosquittoha.management.cluster.Sight.Role;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PictureTest {

  private static final List<String> THREE = List.of("m-0", "m-1", "m-2");

  @TempDir private Path folder;

  static Report report(String self, int leader, long epoch, int there) {
    return read(self, StubCluster.cluster(self, leader, epoch, 3, there));
  }

  static Report read(String self, String json) {
    try {
      return Report.read(self, Instant.EPOCH, json.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void reports_whenTheyDisagree_thenTheLaterEpochIsBelieved() {
    var picture =
        Picture.of(
            List.of(report("m-0", 0, 3, 3), report("m-1", 1, 4, 3), report("m-2", 0, 3, 3)), THREE);

    assertThat(picture.leader()).contains("m-1");
    assertThat(picture.epoch()).isEqualTo(4);
  }

  @Test
  void reports_whenTheyAreOfOneEpoch_thenTheLeaderKnowsBest() {
    var picture =
        Picture.of(
            List.of(report("m-0", 1, 4, 1), report("m-1", 1, 4, 3), report("m-2", 1, 4, 2)), THREE);

    assertThat(picture.base().orElseThrow().self()).isEqualTo("m-1");
    assertThat(picture.inSync()).isEqualTo(3);
  }

  @Test
  void member_whenOnlyThisApplicationReachesIt_thenItIsNotCountedOn() {
    var picture = Picture.of(List.of(report("m-0", 0, 4, 2), report("m-2", 0, 4, 3)), THREE);

    assertThat(picture.members())
        .extracting(Sight.Member::role)
        .containsExactly(Role.LEADER, Role.FOLLOWER, Role.JOINING);
    assertThat(picture.losses()).isZero();
  }

  @Test
  void member_whenItAnswersTheOthersButNotHere_thenItIsCountedOn() {
    var picture = Picture.of(List.of(report("m-0", 0, 4, 3)), THREE);

    assertThat(picture.losses()).isEqualTo(1);
  }

  @Test
  void reports_whenThereAreNone_thenThoseExpectedDoNotAnswer() {
    var picture = Picture.of(List.of(), THREE);

    assertThat(picture.members()).allMatch(it -> it.role() == Role.UNREACHABLE).hasSize(3);
    assertThat(picture.losses()).isEqualTo(-1);
    assertThat(picture.serving()).isFalse();
  }

  @Test
  void names_whenTheyAreHostile_thenThoseMembersAreNot() {
    var report =
        read(
            "m-0",
            """
            {"epoch":1,"leader":"<script>","summary":"a\\u001b[31m\\nb","members":[
              {"name":"../x"},{"name":"a b"},{"name":"<b>"},{"name":"m-0/../../etc"},{"name":"m-0","role":"overlord"}]}\
            """);

    assertThat(report.leader()).isEmpty();
    assertThat(report.members()).extracting(Sight.Member::name).containsExactly("m-0");
    assertThat(report.members().getFirst().role()).isEqualTo(Role.JOINING);
    assertThat(report.summary()).isEqualTo("a [31m b");
  }

  @Test
  void report_whenItIsSomethingElse_thenItIsRefused() {
    assertThatThrownBy(
            () -> Report.read("m-0", Instant.EPOCH, "[]".getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(IOException.class);
  }

  @Test
  void report_whenItIsHuge_thenItIsCut() {
    var members = new StringBuilder();
    for (var i = 0; i < 5_000; i++) {
      members.append("%s{\"name\":\"m-%d\"}".formatted(i == 0 ? "" : ",", i));
    }
    var report =
        read(
            "m-0",
            "{\"epoch\":1,\"summary\":\"%s\",\"members\":[%s]}"
                .formatted("x".repeat(100_000), members));

    assertThat(report.members()).hasSize(100);
    assertThat(report.summary()).hasSizeLessThan(1_010);
  }

  @Test
  void places_whenMembersTellOfMore_thenThoseOfTheStatefulSetAreAskedToo() {
    var settings =
        StubCluster.settings(
            folder, "brokers=3", "statefulSet=mq", "service=mq-headless.ns.svc.cluster.local");

    var places = Place.all(settings, List.of("mq-4", "mq-3", "evil-0", "mq-03", "mq-9999", "mq-x"));

    assertThat(places.keySet()).containsExactly("mq-0", "mq-1", "mq-2", "mq-3", "mq-4");
    assertThat(places.get("mq-4").agent("/x"))
        .hasToString("http://mq-4.mq-headless.ns.svc.cluster.local:7070/x");
  }
}
