package io.mosquittoha.management.mqtt;

import io.mosquittoha.management.web.Problem;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;

/**
 * The account that brokers know this application by.
 *
 * @param name of the account
 * @param passwordFile read for each connection
 */
public record Account(String name, Path passwordFile) {

  /**
   * Connects to a broker as this application, with a client id that says what for.
   *
   * @param purpose a word, as a part of the client id
   * @throws Problem 503 if that can't be at present, 502 if the broker refuses it, in words that
   *     say what to do
   */
  public Connection connect(
      InetSocketAddress address,
      String purpose,
      Consumer<Message> messages,
      Consumer<String> gone) {
    var id =
        "management-center-%s-%s"
            .formatted(
                purpose,
                HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong()).substring(8));
    try {
      return Connection.open(Connection.Options.of(resolved(address), id, login()), messages, gone);
    } catch (Connection.RefusedException e) {
      throw new Problem(
          e.reason().passes() ? 503 : 502,
          "The broker does not let this application in: %s. Its account is '%s'."
              .formatted(e.reason(), name));
    } catch (Connection.BrokenException e) {
      throw new Problem(
          503,
          "The broker at %s:%d can't be reached: %s."
              .formatted(address.getHostString(), address.getPort(), e.getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Problem(503, "This application is being stopped.");
    }
  }

  /**
   * The account with its password.
   *
   * @throws Problem 503 if the file can't be read
   */
  public Login login() {
    try {
      return Login.read(name, passwordFile);
    } catch (IOException e) {
      throw new Problem(
          503,
          "The password of the account '%s' can't be read from %s. Look at the Secret that the chart mounts there."
              .formatted(name, passwordFile));
    }
  }

  /**
   * The address with an IP address: resolving may take long, and Netty's one thread has no time for
   * it.
   */
  public static InetSocketAddress resolved(InetSocketAddress address) {
    return address.isUnresolved()
        ? new InetSocketAddress(address.getHostString(), address.getPort())
        : address;
  }
}
