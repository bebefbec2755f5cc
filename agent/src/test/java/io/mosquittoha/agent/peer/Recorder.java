package io.mosquittoha.agent.peer;

import io.mosquittoha.agent.replication.Member;
import io.mosquittoha.agent.replication.Message;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Remembers what a network told, in order. */
final class Recorder implements PeerListener {

  private final List<String> events = new ArrayList<>();
  private final List<Message> messages = new ArrayList<>();

  private Duration pause = Duration.ZERO;

  synchronized void pauseAtFirstMessage(Duration time) {
    pause = time;
  }

  @Override
  public synchronized void connected(Member member) {
    events.add("connected " + member.name() + " " + member.incarnation());
  }

  @Override
  public synchronized void disconnected(Member member) {
    events.add("disconnected " + member.name() + " " + member.incarnation());
  }

  @Override
  public synchronized void receive(Member from, Message message) {
    if (messages.isEmpty()) {
      try {
        Thread.sleep(pause);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    messages.add(message);
  }

  synchronized List<String> events() {
    return List.copyOf(events);
  }

  synchronized List<Message> messages() {
    return List.copyOf(messages);
  }
}
