package io.mosquittoha.manifests;

import com.marcnuri.helm.Helm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/** {@code helm template} within this process, hooks included. */
final class HelmTemplate {

  private static final String HOOK = "helm.sh/hook";

  /** Helm's Java API leaves out objects that are hooks; under another name they are no hooks. */
  private static final String VEILED_HOOK = "veiled.helm.sh/hook";

  /**
   * Helm's Java API always asks a cluster; {@code helm template} finds nothing instead. Here what
   * is looked up is found among the values, if anywhere.
   */
  private static final Pattern LOOKUP =
      Pattern.compile("lookup \"v1\" \"Secret\" \\$?(\\.root)?\\.Release\\.Namespace");

  private static final String LOOKUP_AMONG_VALUES =
      "get (\\$$1.Values.global.cluster | default dict)";

  /** The oldest that the charts support: what they render for it, newer ones understand too. */
  private static final String OLDEST_KUBERNETES = "1.30.0";

  private HelmTemplate() {}

  static String render(Charts charts, Chart chart, String valuesYaml, Release release) {
    try (var folder = TemporaryFolder.create()) {
      var staged = charts.stage(chart, folder.path());
      veil(staged);
      var values = Files.writeString(folder.path().resolve("values.yaml"), valuesYaml);
      return call(staged, values, release).replace(VEILED_HOOK, HOOK);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot render " + chart, e);
    }
  }

  /**
   * As an upgrade renders: with the Secrets that are there.
   *
   * @param values what the chart is given
   * @param secrets by name
   */
  static String renderOver(
      Charts charts,
      Chart chart,
      Map<String, ?> values,
      Release release,
      Map<String, Map<String, Object>> secrets) {
    var all = new LinkedHashMap<String, Object>(values);
    var global = new LinkedHashMap<String, Object>();
    if (values.get("global") instanceof Map<?, ?> given) {
      given.forEach((key, value) -> global.put(String.valueOf(key), value));
    }
    global.put("cluster", secrets);
    all.put("global", global);
    return render(charts, chart, Yaml.write(all), release);
  }

  private static synchronized String call(Path chart, Path values, Release release) {
    try {
      return new Helm(chart)
          .template()
          .withName(release.name())
          .withNamespace(release.namespace())
          .withKubeVersion(OLDEST_KUBERNETES)
          .withValuesFile(values)
          .call();
    } catch (IllegalStateException e) {
      throw new RenderingException(String.valueOf(e.getMessage()).strip(), e);
    }
  }

  private static void veil(Path staged) throws IOException {
    try (var files = Files.walk(staged)) {
      for (var file : (Iterable<Path>) files.filter(HelmTemplate::isTemplate)::iterator) {
        var template = Files.readString(file);
        Files.writeString(
            file,
            LOOKUP.matcher(template.replace(HOOK, VEILED_HOOK)).replaceAll(LOOKUP_AMONG_VALUES));
      }
    }
  }

  private static boolean isTemplate(Path file) {
    var name = file.toString();
    return Files.isRegularFile(file)
        && name.contains("/templates/")
        && (name.endsWith(".yaml") || name.endsWith(".tpl"));
  }
}
