package io.mosquittoha.management.support;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Takes secrets out of texts: those that this application was given, however they are written, and
 * whatever looks like one. Rather takes out too much.
 */
final class Redaction {

  static final String REMOVED = "[removed]";

  /** Shorter ones would be found everywhere, and what is that short keeps nobody out. */
  private static final int SHORTEST = 4;

  private static final String NAME =
      "[A-Za-z0-9_.-]*(?:passw(?:or)?d|passphrase|secret|token|credential|api[_-]?key|private[_-]?key"
          + "|authorization|cookie|salt|csrf)";

  private record Rule(Pattern pattern, String instead) {
    static Rule of(String pattern, String instead) {
      return new Rule(Pattern.compile(pattern, Pattern.CASE_INSENSITIVE), instead);
    }
  }

  private static final List<Rule> RULES =
      List.of(
          Rule.of(
              "-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----(?s:.*?)(?:-----END [A-Z0-9 ]*-----|\\z)",
              REMOVED),
          // Of JSON, and of JSON that is a text in JSON. The name is whole: passwordFile keeps its
          // path.
          Rule.of(
              "((\\\\*)\"" + NAME + "\\2\"\\s*:\\s*\\2\")[^\\n]*?(?<!\\\\)(?=\\2\")",
              "$1" + REMOVED),
          Rule.of("\\b(Bearer|Basic)\\s+[A-Za-z0-9._~+/=-]{4,}", "$1 " + REMOVED),
          Rule.of("\\b(" + NAME + "\\s*[=:]\\s*)(?![\\[\"\\\\])[^\\s,;&\"'}]+", "$1" + REMOVED),
          Rule.of("\\b(" + NAME + "\\s*[=:]\\s*)(?:'[^'\\n]*'|\"[^\"\\n]*\")", "$1" + REMOVED),
          Rule.of("(\\s(?:-P|--pw|--password)\\s+)\\S+", "$1" + REMOVED),
          Rule.of("(://[^\\s/:@\"]*:)[^\\s/@\"]+@", "$1" + REMOVED + "@"),
          Rule.of("\\beyJ[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]{4,}\\.[A-Za-z0-9_-]*", REMOVED),
          Rule.of("\\$(?:argon2[a-z]*|[567])\\$[^\\s\"]+", REMOVED));

  private final List<String> known;

  /**
   * @param known secrets; blank and very short ones are passed over
   */
  Redaction(Collection<String> known) {
    Set<String> forms = new LinkedHashSet<>();
    for (var secret : known) {
      var stripped = secret.strip();
      if (stripped.length() >= SHORTEST) {
        forms.addAll(forms(stripped));
      }
    }
    // A long one may have a short one in it.
    this.known = forms.stream().sorted(Comparator.comparingInt(String::length).reversed()).toList();
  }

  /** Reads secrets from files; those that can't be read now keep no secret from anybody. */
  static Redaction ofFiles(Collection<Path> files) {
    var secrets = new ArrayList<String>();
    for (var file : files) {
      try {
        var text = Files.readString(file);
        secrets.add(text);
        text.lines().filter(line -> line.length() >= 16).forEach(secrets::add);
      } catch (IOException e) {
        // Not there, or not text: nothing that could be found as text.
      }
    }
    return new Redaction(secrets);
  }

  private static Set<String> forms(String secret) {
    var forms = new LinkedHashSet<String>();
    forms.add(secret);
    forms.add(URLEncoder.encode(secret, StandardCharsets.UTF_8));
    forms.add(URLEncoder.encode(secret, StandardCharsets.UTF_8).replace("+", "%20"));
    forms.add(secret.replace("\\", "\\\\").replace("\"", "\\\""));
    var bytes = secret.getBytes(StandardCharsets.UTF_8);
    forms.add(Base64.getEncoder().withoutPadding().encodeToString(bytes));
    forms.add(Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
    return forms;
  }

  String clean(String text) {
    var clean = text;
    for (var secret : known) {
      clean = clean.replace(secret, REMOVED);
    }
    for (var rule : RULES) {
      clean = rule.pattern().matcher(clean).replaceAll(rule.instead());
    }
    return clean;
  }
}
