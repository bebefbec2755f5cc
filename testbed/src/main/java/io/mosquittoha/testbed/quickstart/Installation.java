package io.mosquittoha.testbed.quickstart;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What quickstart installed and where it is reached; kept in {@code .quickstart/state.json}, which
 * is also what {@code status --json} prints. Scripts read it, so a field is added but never
 * renamed.
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record Installation(
    InstalledVariant variant,
    String namespace,
    String release,
    Path kubeconfig,
    Mqtt mqtt,
    @Nullable Management management) {

  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(SerializationFeature.INDENT_OUTPUT)
          // Jackson would write a URI, and scripts want a path.
          .registerModule(
              new SimpleModule().addSerializer(Path.class, ToStringSerializer.instance));

  /** How an MQTT client outside the cluster gets in. */
  record Mqtt(String host, int port, String user, Path passwordFile) {}

  /** How a browser gets at the management center, and the password that it has to change then. */
  record Management(String url, String user, Path passwordFile) {}

  static Optional<Installation> read(Path home) {
    var file = home.resolve("state.json");
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      return Optional.of(JSON.readValue(file.toFile(), Installation.class));
    } catch (IOException e) {
      throw new UncheckedIOException(
          file + " can't be read. Run ./quickstart down, then ./quickstart up.", e);
    }
  }

  void write(Path home) {
    try {
      PrivateFile.write(home.resolve("state.json"), JSON.writeValueAsString(this) + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String json(Status status) {
    var tree =
        JSON.createObjectNode().put("running", status.running()).put("ready", status.ready());
    tree.setAll((ObjectNode) JSON.valueToTree(this));
    tree.set("pods", JSON.valueToTree(status.pods()));
    return tree.toPrettyString();
  }
}
