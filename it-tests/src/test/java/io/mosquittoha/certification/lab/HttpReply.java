package io.mosquittoha.certification.lab;

import java.util.Locale;

/**
 * What an HTTP server said, when it was spoken to by hand.
 *
 * @param status 0 if it said nothing that makes sense
 */
record HttpReply(int status, String body) {

  private static final HttpReply SILENCE = new HttpReply(0, "");

  /** Reads all that came until the connection was closed. */
  static HttpReply parse(String raw) {
    var headEnd = raw.indexOf("\r\n\r\n");
    if (!raw.startsWith("HTTP/1.") || headEnd < 0) {
      return SILENCE;
    }
    var head = raw.substring(0, headEnd).toLowerCase(Locale.ROOT);
    var status = head.substring(9).split("[ \r]", 2)[0];
    if (!status.matches("[0-9]{3}")) {
      return SILENCE;
    }
    var body = raw.substring(headEnd + 4);
    return new HttpReply(
        Integer.parseInt(status),
        head.contains("transfer-encoding: chunked") ? unchunked(body) : body);
  }

  /** Chunks' lengths count bytes; what agents say in chunks is ASCII. */
  private static String unchunked(String chunks) {
    var body = new StringBuilder();
    var at = 0;
    while (true) {
      var lineEnd = chunks.indexOf("\r\n", at);
      if (lineEnd < 0) {
        return body.toString();
      }
      var length = Integer.parseInt(chunks.substring(at, lineEnd).split(";")[0].strip(), 16);
      var begin = lineEnd + 2;
      if (length == 0 || begin + length > chunks.length()) {
        return body.append(chunks, begin, Math.min(chunks.length(), begin + length)).toString();
      }
      body.append(chunks, begin, begin + length);
      at = begin + length + 2;
    }
  }

  boolean isSuccess() {
    return status >= 200 && status < 300;
  }
}
