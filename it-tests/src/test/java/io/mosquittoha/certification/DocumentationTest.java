package io.mosquittoha.certification;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every link between the project's pages leads to a page, and to a heading, that is there. */
class DocumentationTest {

  private static final Path CHECKOUT = Path.of("..").toAbsolutePath().normalize();
  private static final Pattern LINK = Pattern.compile("]\\(([^)\\s]+)\\)");
  private static final Pattern HEADING = Pattern.compile("(?m)^#+ +(.+?) *$");

  @ParameterizedTest
  @MethodSource("pages")
  void page_whenItLinksToAnother_thenThatIsThere(Path page) throws IOException {
    assertThat(brokenLinks(page, Files.readString(page))).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("pages")
  void check_whenALinkLeadsNowhere_thenItIsFound(Path page) throws IOException {
    var text = "[gone](no-such-page.md) [lost](%s#no-such-heading)".formatted(page.getFileName());
    assertThat(brokenLinks(page, text)).hasSize(2);
  }

  static List<Path> pages() throws IOException {
    try (var files = Files.walk(CHECKOUT)) {
      var pages =
          files
              .filter(file -> file.toString().endsWith(".md"))
              .filter(
                  file -> !CHECKOUT.relativize(file).toString().matches("(.*/)?(target|build)/.*"))
              .toList();
      assertThat(pages).hasSizeGreaterThan(10);
      return pages;
    }
  }

  private static List<String> brokenLinks(Path page, String text) throws IOException {
    var broken = new ArrayList<String>();
    for (var match : LINK.matcher(text).results().toList()) {
      var target = match.group(1);
      if (target.contains("://") || target.startsWith("mailto:")) {
        continue;
      }
      var parts = target.split("#", 2);
      var file = parts[0].isEmpty() ? page : page.getParent().resolve(parts[0]).normalize();
      if (!Files.exists(file) || parts.length == 2 && anchors(file).noneMatch(parts[1]::equals)) {
        broken.add(target);
      }
    }
    return broken;
  }

  /** As GitHub makes them of headings. */
  private static Stream<String> anchors(Path file) throws IOException {
    return HEADING
        .matcher(Files.readString(file))
        .results()
        .map(heading -> heading.group(1).toLowerCase(Locale.ROOT))
        .map(heading -> heading.replaceAll("[^\\p{L}\\p{N}\\- _]", "").replace(' ', '-'));
  }
}
