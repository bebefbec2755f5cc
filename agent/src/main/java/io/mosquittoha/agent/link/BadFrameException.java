package io.mosquittoha.agent.link;

/** What came is not a frame of the link protocol. */
public final class BadFrameException extends RuntimeException {

  private static final long serialVersionUID = 1;

  BadFrameException(String what) {
    super(what);
  }
}
