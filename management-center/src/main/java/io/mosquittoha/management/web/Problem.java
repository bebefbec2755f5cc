package io.mosquittoha.management.web;

/** Something that can't be done, for a reason that the caller should know: RFC 9457. */
public final class Problem extends RuntimeException {

  private static final long serialVersionUID = 1;

  private final int status;

  /**
   * @param status an HTTP status of 400 or more
   * @param detail whole sentences: what is wrong, and what to do
   */
  public Problem(int status, String detail) {
    super(detail, null, false, false);
    this.status = status;
  }

  public int status() {
    return status;
  }
}
