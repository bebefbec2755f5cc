package io.mosquittoha.management.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the content security policy and the base path ask of every template and script. */
class TemplatesTest {

  private static final Path TEMPLATES = Path.of("src/main/jte");
  private static final Path ASSETS = Path.of("src/main/resources/assets");

  private static final Map<String, Pattern> IN_TEMPLATES = new LinkedHashMap<>();
  private static final Map<String, Pattern> IN_SCRIPTS = new LinkedHashMap<>();

  static {
    IN_TEMPLATES.put("an inline style, which the policy forbids", pattern("\\sstyle\\s*="));
    IN_TEMPLATES.put("a style element, which the policy forbids", pattern("<style\\b"));
    IN_TEMPLATES.put(
        "a script without src, which the policy forbids", pattern("<script\\b(?![^>]*\\ssrc=)"));
    IN_TEMPLATES.put(
        "a handler in an attribute, which the policy forbids",
        pattern("<[^<>]*\\s(on[a-z]+|hx-on[a-z:-]*)\\s*="));
    IN_TEMPLATES.put(
        "something that htmx would have to eval",
        pattern("javascript:|hx-(vals|headers)\\s*=\\s*['\"]js:|hx-trigger\\s*=\\s*\"[^\"]*\\["));
    IN_TEMPLATES.put(
        "an address without base",
        pattern(
            "\\b(href|src|action|formaction|poster|hx-(get|post|put|delete|patch|push-url)"
                + "|data-(href|confirm-load))\\s*=\\s*[\"']/"
                + "|data-done\\s*=\\s*\"[^\"]*go:/"));
    IN_TEMPLATES.put("text that is not escaped", pattern("\\$unsafe"));
    IN_TEMPLATES.put(
        "buttons that do nothing while the piece around them asks for itself",
        pattern("\\shx-sync=\"this:[a-z]+\"(?! hx-disinherit=\"hx-sync\")"));
    IN_SCRIPTS.put(
        "markup made of text, which may be hostile",
        pattern("\\.(inner|outer)HTML\\s*\\+?=|insertAdjacentHTML|document\\.write"));
    IN_SCRIPTS.put(
        "something that the policy forbids to evaluate",
        pattern("\\beval\\(|new Function\\b|set(Timeout|Interval)\\(\\s*[\"'`]"));
    IN_SCRIPTS.put(
        "an address without base",
        pattern("\\b(fetch|EventSource|location\\.assign)\\(\\s*[\"'`]/"));
  }

  private static Pattern pattern(String text) {
    return Pattern.compile(text, Pattern.CASE_INSENSITIVE);
  }

  @TestFactory
  Stream<DynamicTest> template_whenRead_thenKeepsThePolicyAndTheBasePath() throws IOException {
    return each(TEMPLATES, ".jte", IN_TEMPLATES);
  }

  @TestFactory
  Stream<DynamicTest> script_whenRead_thenKeepsThePolicyAndTheBasePath() throws IOException {
    return each(ASSETS, ".js", IN_SCRIPTS);
  }

  @TestFactory
  Stream<DynamicTest> template_whenItNamesIconsAndFiles_thenTheyExist() throws IOException {
    var sprite = Files.readString(ASSETS.resolve("icons.svg"));
    var icon = pattern("parts\\.(?:icon|badge|notice)\\([^()]*\\b(?:name|kind) = \"([a-z-]+)\"");
    var asset = pattern("\\.asset\\(\"([a-z0-9.-]+)\"\\)");
    var lists = pattern("\\b(?:scripts|styles) = (?:java\\.util\\.)?List\\.of\\(([^()]*)\\)");
    var quoted = pattern("\"([^\"]+)\"");
    return files(TEMPLATES, ".jte")
        .map(file ->
            DynamicTest.dynamicTest(
                TEMPLATES.relativize(file).toString(),
                () -> {
                  var text = Files.readString(file);
                  for (var name : found(icon, text)) {
                    assertThat(sprite).contains("id=\"%s\"".formatted(name));
                  }
                  var names = new ArrayList<>(found(asset, text));
                  for (var list : found(lists, text)) {
                    names.addAll(found(quoted, list));
                  }
                  // Finds it, or throws a problem that names it.
                  assertThat(names).allSatisfy(Assets::address);
                }));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<p style=\"color:red\">",
        "<style>p{}</style>",
        "<script>alert(1)</script>",
        "<script defer>",
        "<a onclick=\"x()\">",
        "<a hx-on:click=\"x()\">",
        "<a href=\"javascript:x()\">",
        "<a hx-trigger=\"click[ctrlKey]\">",
        "<a href=\"/clients\">",
        "<form hx-post='/api/v1/x'>",
        "<form data-done=\"close go:/clients\">",
        "$unsafe{text}",
        "<section hx-get=\"${path}\" hx-sync=\"this:drop\">",
      })
  void template_whenItBreaksARule_thenItIsFound(String text) {
    assertThat(faults(text, IN_TEMPLATES)).isNotEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<a href=\"${page.base()}/clients\">",
        "<script src=\"${page.asset(\"center.js\")}\" defer></script>",
        "<form hx-post=\"${page.base()}/api/v1/x\" data-done=\"close go:${page.base()}/\">",
        "<a href=\"#main\">",
        "<p class=\"condition=\">",
        "<section hx-sync=\"this:drop\" hx-disinherit=\"hx-sync\">",
      })
  void template_whenItBreaksNoRule_thenNothingIsFound(String text) {
    assertThat(faults(text, IN_TEMPLATES)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "node.innerHTML = text",
        "eval(text)",
        "setTimeout('x()', 1)",
        "fetch(\"/api/v1/clients\")",
      })
  void script_whenItBreaksARule_thenItIsFound(String text) {
    assertThat(faults(text, IN_SCRIPTS)).isNotEmpty();
  }

  @Test
  void templates_whenLookedFor_thenThereAreSome() throws IOException {
    assertThat(files(TEMPLATES, ".jte")).anyMatch(file -> file.endsWith("layout.jte"));
    assertThat(files(ASSETS, ".js")).anyMatch(file -> file.endsWith("center.js"));
  }

  private static Stream<DynamicTest> each(Path folder, String ending, Map<String, Pattern> rules)
      throws IOException {
    return files(folder, ending)
        .map(file ->
            DynamicTest.dynamicTest(
                folder.relativize(file).toString(),
                () -> assertThat(faults(Files.readString(file), rules)).isEmpty()));
  }

  private static Stream<Path> files(Path folder, String ending) throws IOException {
    try (var files = Files.walk(folder)) {
      return files.filter(file -> file.toString().endsWith(ending)).sorted().toList().stream();
    }
  }

  private static List<String> faults(String text, Map<String, Pattern> rules) {
    var faults = new ArrayList<String>();
    rules.forEach((what, rule) -> {
      var matcher = rule.matcher(text);
      while (matcher.find()) {
        var line = 1 + text.substring(0, matcher.start()).chars().filter(c -> c == '\n').count();
        faults.add("line %d has %s: %s".formatted(line, what, matcher.group().strip()));
      }
    });
    return faults;
  }

  private static List<String> found(Pattern pattern, String text) {
    return pattern.matcher(text).results().map(result -> result.group(1)).toList();
  }
}
