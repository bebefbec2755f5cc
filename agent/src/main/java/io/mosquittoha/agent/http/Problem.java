package io.mosquittoha.agent.http;

import java.util.Map;

/** Why a request cannot be done, for whoever asked (RFC 9457). */
final class Problem extends Exception {

  private static final long serialVersionUID = 1;

  private static final Map<Integer, String> TITLES =
      Map.of(
          400, "The request is not understood",
          401, "The token is missing or wrong",
          403, "This is not allowed",
          404, "There is nothing here",
          405, "This cannot be done here",
          409, "The cluster does not allow that now",
          413, "The request is too large",
          500, "The agent has a fault",
          503, "Not now");

  final int status;
  final transient Map<String, String> headers;

  Problem(int status, String detail) {
    this(status, detail, Map.of());
  }

  /**
   * A problem.
   *
   * @param detail what is wrong and what to do about it
   * @param headers of the answer
   */
  Problem(int status, String detail, Map<String, String> headers) {
    super(detail, null, false, false);
    this.status = status;
    this.headers = headers;
  }

  String title() {
    return TITLES.getOrDefault(status, "The request failed");
  }

  String detail() {
    return String.valueOf(getMessage());
  }
}
