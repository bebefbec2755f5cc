package io.mosquittoha.testbed;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.model.Frame;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.testcontainers.DockerClientFactory;

/** The Docker engine that the nodes run on. */
final class Engine {

  private static final String RYUK = "TESTCONTAINERS_RYUK_DISABLED";

  private Engine() {}

  private static final class Address {
    // Provided once for the life of this process; the script starts a private engine if none
    // answers.
    static final String VALUE = Checkout.find().run("engine", "up");
  }

  /** Where it is, in the form that DOCKER_HOST has. */
  static String address() {
    return Address.VALUE;
  }

  static DockerClient client() {
    address();
    if (!Boolean.parseBoolean(System.getenv(RYUK))) {
      throw new IllegalStateException(
          "Set %s=true in the environment of this process: Testcontainers would pull an image to"
                  .formatted(RYUK)
              + " clean up with, and the testbed cleans up after itself");
    }
    return DockerClientFactory.instance().client();
  }

  /** The host that published ports are reached at. */
  static String host() {
    client();
    return DockerClientFactory.instance().dockerHostIpAddress();
  }

  static CommandResult exec(String container, String... command) {
    var client = client();
    var exec =
        client
            .execCreateCmd(container)
            .withAttachStdout(true)
            .withAttachStderr(true)
            .withUser("root")
            .withCmd(command)
            .exec()
            .getId();
    var stdout = new ByteArrayOutputStream();
    var stderr = new ByteArrayOutputStream();
    try (var answer =
        new ResultCallback.Adapter<Frame>() {
          @Override
          public void onNext(Frame frame) {
            switch (frame.getStreamType()) {
              case STDERR -> stderr.writeBytes(frame.getPayload());
              default -> stdout.writeBytes(frame.getPayload());
            }
          }
        }) {
      client.execStartCmd(exec).exec(answer).awaitCompletion();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while a command ran on a node", e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    var status = client.inspectExecCmd(exec).exec().getExitCodeLong();
    return new CommandResult(
        status == null ? -1 : status.intValue(),
        stdout.toString(StandardCharsets.UTF_8),
        stderr.toString(StandardCharsets.UTF_8));
  }

  /** The last lines that a container printed. */
  static String logs(String container, int lines) {
    var text = new ByteArrayOutputStream();
    try (var answer =
        new ResultCallback.Adapter<Frame>() {
          @Override
          public void onNext(Frame frame) {
            text.writeBytes(frame.getPayload());
          }
        }) {
      client()
          .logContainerCmd(container)
          .withStdOut(true)
          .withStdErr(true)
          .withTail(lines)
          .exec(answer)
          .awaitCompletion();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while a log was read", e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString(StandardCharsets.UTF_8).strip();
  }
}
