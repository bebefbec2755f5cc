package io.mosquittoha.testbed.quickstart;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** What a person is told about an installation. */
record Guide(Installation installation, Path checkout) {

  String text() {
    var mqtt = installation.mqtt();
    var client =
        "-h %s -p %d -u %s -P \"$(cat %s)\""
            .formatted(mqtt.host(), mqtt.port(), mqtt.user(), relative(mqtt.passwordFile()));
    var hint =
        onPath("mosquitto_sub")
            ? ""
            : "  (mosquitto_sub and mosquitto_pub come with the package mosquitto-clients; any MQTT client will do)%n"
                .formatted();
    var victim =
        installation.variant() == InstalledVariant.single
            ? "take the broker away and see it come back with its state"
            : "take a broker away; clients are served on";
    return """
    %s is up.
      MQTT         %s:%d
      user         %s, password in %s
    %s\
      kubeconfig   %s

    Try:
      mosquitto_sub %s -t 'demo/#' -v
      mosquitto_pub %s -t demo/hello -m hello
      ./quickstart kubectl -n %s delete pod %s-0     # %s
    %s\
    ./quickstart status shows what runs, ./quickstart down removes it.
    """
        .formatted(
            installation.variant().chart(),
            mqtt.host(),
            mqtt.port(),
            mqtt.user(),
            relative(mqtt.passwordFile()),
            management(),
            relative(installation.kubeconfig()),
            client,
            client,
            installation.namespace(),
            installation.release(),
            victim,
            hint);
  }

  String status(Status status) {
    var text = new StringBuilder();
    text.append(
        "%s in namespace %s: %s%n"
            .formatted(
                installation.variant().chart(),
                installation.namespace(),
                status.ready()
                    ? "ready"
                    : status.running()
                        ? "not ready"
                        : "the cluster does not answer (./quickstart up)"));
    for (var pod : status.pods()) {
      text.append("  %-40s %s%n".formatted(pod.name(), pod.state()));
    }
    var mqtt = installation.mqtt();
    text.append("  MQTT         %s:%d%n".formatted(mqtt.host(), mqtt.port()));
    text.append(
        "  user         %s, password in %s%n"
            .formatted(mqtt.user(), relative(mqtt.passwordFile())));
    text.append(management());
    text.append("  kubeconfig   %s%n".formatted(relative(installation.kubeconfig())));
    return text.toString();
  }

  /** Nothing, for what was installed before there was a management center. */
  private String management() {
    var management = installation.management();
    return management == null
        ? ""
        : "  management   %s%n  user         %s, first password in %s, to be changed at once%n"
            .formatted(
                management.url(), management.user(), relative(management.passwordFile()));
  }

  private Path relative(Path file) {
    return file.startsWith(checkout) ? checkout.relativize(file) : file;
  }

  private static boolean onPath(String program) {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }
}
