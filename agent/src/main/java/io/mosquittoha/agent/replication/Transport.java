package io.mosquittoha.agent.replication;

/** The way to the other members. */
public interface Transport {

  /**
   * Sends without waiting. What cannot be sent is dropped: whoever needs an answer asks again. Between
   * two members messages of one connection keep their order.
   */
  void send(Member to, Message message);
}
