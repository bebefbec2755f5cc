package io.mosquittoha.management.kubernetes;

import java.io.IOException;

/** The API server's answer that it does not do something; the message is its own. */
final class Refusal extends IOException {

  private static final long serialVersionUID = 1L;

  private final int status;

  Refusal(int status, String message) {
    super(message);
    this.status = status;
  }

  /** Of HTTP, like 403. */
  int status() {
    return status;
  }
}
