package io.mosquittoha.agent.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosquittoha.agent.replication.Member;
import io.mosquittoha.agent.replication.View;
import io.mosquittoha.agent.replication.ViewStore;
import io.mosquittoha.agent.replication.ViewStore.Answer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** Waits for what a store answers, and for it to answer once. */
final class Answers {

  static final Member ZERO = new Member("m-0", "2026-1");
  static final Member ONE = new Member("m-1", "2026-2");

  private Answers() {}

  static View view(long epoch, Member leader) {
    return new View("c-1", epoch, epoch + 10, leader, List.of(ZERO, ONE));
  }

  static Answer read(ViewStore store) {
    return once(store::read);
  }

  static Answer replace(ViewStore store, String version, View next) {
    return once(answer -> store.replace(version, next, answer));
  }

  static Answer.Found found(ViewStore store) {
    var answer = read(store);
    assertThat(answer).isInstanceOf(Answer.Found.class);
    return (Answer.Found) answer;
  }

  static String why(Answer answer) {
    assertThat(answer).isInstanceOf(Answer.Unavailable.class);
    return ((Answer.Unavailable) answer).why();
  }

  private static Answer once(Consumer<Consumer<Answer>> question) {
    var answers = new AtomicInteger();
    var first = new CompletableFuture<Answer>();
    question.accept(answer -> {
      answers.incrementAndGet();
      first.complete(answer);
    });
    var answer = first.orTimeout(30, TimeUnit.SECONDS).join();
    assertThat(answers).hasValue(1);
    return answer;
  }
}
