package io.mosquittoha.agent.peer;

import java.io.IOException;

/** What arrived is not what members say to each other. */
final class WireException extends IOException {

  WireException(String message) {
    super(message);
  }
}
