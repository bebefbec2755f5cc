package io.mosquittoha.management.mqtt;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.List;

/**
 * Dynamic security's control interface, {@code $CONTROL/dynamic-security/v1}, of the broker that
 * serves; with several that serve, changes go to all of them.
 */
public interface Control {

  /**
   * Has commands done, in order.
   *
   * @param commands objects with {@code command} and what it needs, without correlation data
   * @return an answer for each, in order, {@code data} of it or an empty object
   * @throws ControlException if one was refused: those before it were done
   * @throws io.mosquittoha.management.web.Problem 503 if no broker can be asked; of changes it says
   *     whether they were certainly not made, or that nobody knows
   */
  List<ObjectNode> send(List<ObjectNode> commands);

  /**
   * Has one command done.
   *
   * @see #send(List)
   */
  default ObjectNode send(ObjectNode command) {
    return send(List.of(command)).getFirst();
  }

  /**
   * The same brokers, asked with less patience: what only reads is answered after about this long,
   * or not at all. Changes take their time.
   */
  default Control within(Duration patience) {
    return this;
  }

  /**
   * Asks one broker itself, by {@code $CONTROL/broker/v1}: {@code listPlugins}, {@code
   * listListeners}.
   *
   * @param name the pod's
   * @throws ControlException if it was refused
   * @throws io.mosquittoha.management.web.Problem 503 if this broker can't be asked
   */
  ObjectNode broker(String name, ObjectNode command);

  /** The broker refused a command. */
  final class ControlException extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final int index;

    public ControlException(int index, String message) {
      super(message, null, false, false);
      this.index = index;
    }

    /** Which of the commands it was. */
    public int index() {
      return index;
    }
  }
}
