package io.mosquittoha.agent.kubernetes;

import static io.mosquittoha.agent.kubernetes.Answers.ONE;
import static io.mosquittoha.agent.kubernetes.Answers.ZERO;
import static io.mosquittoha.agent.kubernetes.Answers.found;
import static io.mosquittoha.agent.kubernetes.Answers.read;
import static io.mosquittoha.agent.kubernetes.Answers.replace;
import static io.mosquittoha.agent.kubernetes.Answers.view;
import static io.mosquittoha.agent.kubernetes.Answers.why;
import static org.assertj.core.api.Assertions.assertThat;

import io.mosquittoha.agent.replication.ViewStore.Answer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class FileViewStoreTest {

  @TempDir private Path folder;

  private Path file() {
    return folder.resolve("replica").resolve("view");
  }

  @Test
  void view_whenItIsReplaced_isFoundByTheNextProcess() {
    String version;
    try (var store = new FileViewStore(file())) {
      var empty = found(store);
      assertThat(empty.view()).isEmpty();
      var stored = replace(store, empty.version(), view(1, ZERO));
      assertThat(stored).isInstanceOf(Answer.Stored.class);
      version = ((Answer.Stored) stored).version();
      assertThat(found(store).version()).isEqualTo(version);
    }
    try (var next = new FileViewStore(file())) {
      assertThat(found(next).view()).contains(view(1, ZERO));
      assertThat(replace(next, version, view(2, ONE))).isInstanceOf(Answer.Stored.class);
    }
  }

  @Test
  void replacement_whenTheVersionIsOld_isAConflict() {
    try (var store = new FileViewStore(file())) {
      var version = found(store).version();
      replace(store, version, view(1, ZERO));

      assertThat(replace(store, version, view(2, ONE))).isEqualTo(new Answer.Conflict());

      assertThat(found(store).view()).contains(view(1, ZERO));
    }
  }

  @Test
  void twoStores_whenTheyRace_oneWinsEachTime() throws InterruptedException {
    try (var zero = new FileViewStore(file());
        var one = new FileViewStore(file())) {
      for (var epoch = 1; epoch <= 50; epoch++) {
        var version = found(zero).version();
        var both = new CountDownLatch(2);
        var answers = Collections.synchronizedList(new ArrayList<Answer>());
        for (var store : new FileViewStore[] {zero, one}) {
          store.replace(
              version,
              view(epoch, store == zero ? ZERO : ONE),
              answer -> {
                answers.add(answer);
                both.countDown();
              });
        }
        assertThat(both.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(answers).filteredOn(Answer.Stored.class::isInstance).hasSize(1);
        assertThat(answers).contains(new Answer.Conflict());
      }
    }
  }

  @Test
  void view_whenItCannotBeRead_isNotTakenForNone() throws Exception {
    Files.createDirectories(file().getParent());
    Files.writeString(file(), "{\"cluster\":");
    try (var store = new FileViewStore(file())) {
      assertThat(why(read(store))).contains("JSON");
    }
  }

  @Test
  void store_whenTheFolderCannotBeWritten_isUnavailable() throws Exception {
    Files.writeString(folder.resolve("replica"), "a file where the folder should be");
    try (var store = new FileViewStore(file())) {
      assertThat(replace(store, "none", view(1, ZERO))).isInstanceOf(Answer.Unavailable.class);
    }
  }

  @Test
  void question_whenTheStoreIsClosed_isStillAnswered() {
    var store = new FileViewStore(file());
    store.close();
    assertThat(why(read(store))).contains("stopped");
  }
}
