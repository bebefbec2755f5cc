package io.mosquittoha.certification.mqtt;

/** The broker refused, did not answer in time, or the connection broke. */
public final class MqttFailure extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final int code;

  MqttFailure(String what, Dial dial, int code, Throwable cause) {
    super(
        "%s failed for %s at %s (%s): code %d, %s"
            .formatted(what, dial.clientId(), dial.uri(), dial.version(), code, reason(cause)),
        cause);
    this.code = code;
  }

  /** The CONNACK's return or reason code when the broker refused; else Paho's own. */
  public int code() {
    return code;
  }

  /**
   * The broker was reached and said no to who asked: not authorised, or bad user name or password.
   */
  public boolean isRefusal() {
    return switch (code) {
      case 4, 5, 0x86, 0x87 -> true;
      default -> false;
    };
  }

  private static String reason(Throwable cause) {
    var innermost = cause;
    while (innermost.getCause() != null) {
      innermost = innermost.getCause();
    }
    return innermost.toString();
  }
}
