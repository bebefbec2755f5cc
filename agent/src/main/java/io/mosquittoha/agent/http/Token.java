package io.mosquittoha.agent.http;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Map;
import java.util.Optional;

/** What has to be shown by whoever wants to change something. */
final class Token {

  private static final String SCHEME = "bearer ";
  private static final int LONGEST = 4096;

  private final Path file;

  Token(Path file) {
    this.file = file;
  }

  /**
   * Goes through if the token was shown. The file is read each time: these calls are rare, and a
   * new token counts at once.
   *
   * @param authorization the request's header
   * @throws Problem if not
   */
  void expect(Optional<String> authorization) throws Problem {
    var right = read();
    if (right.isEmpty()) {
      throw new Problem(
          403,
          "Nothing can be changed through this agent, because it has no token: put one, for example"
              + " that of `openssl rand -hex 32`, into the file "
              + file
              + " (the chart makes a Secret with it), and send it as `Authorization: Bearer"
              + " TOKEN`.");
    }
    var shown =
        authorization
            .filter(it -> it.regionMatches(true, 0, SCHEME, 0, SCHEME.length()))
            .map(it -> it.substring(SCHEME.length()).strip());
    if (shown.isEmpty()) {
      throw unauthorized("Send the token of this agent as `Authorization: Bearer TOKEN`.", "");
    }
    if (!MessageDigest.isEqual(bytes(right), bytes(shown.get()))) {
      throw unauthorized(
          "The token is not that of this agent. It stands in the chart's Secret for the HTTP API.",
          ", error=\"invalid_token\"");
    }
  }

  private static Problem unauthorized(String detail, String error) {
    return new Problem(
        401, detail, Map.of("WWW-Authenticate", "Bearer realm=\"mosquitto-ha\"" + error));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Empty if there is none. */
  private String read() {
    try (var in = Files.newInputStream(file)) {
      return new String(in.readNBytes(LONGEST), StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      return "";
    }
  }
}
