package io.mosquittoha.agent.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.regex.Pattern;

/** A member's incarnation: the time when it began, so that a later one compares greater. */
final class Identity {

  static final String FILE = "identity";
  private static final String TITLE = "mosquitto-ha replica ";
  private static final Pattern TEXT =
      Pattern.compile(TITLE + "(\\d+)\n([0-9a-f]{16}-[0-9a-f]{8})\n");
  private static final Pattern TITLED = Pattern.compile(TITLE + "(\\d{1,9})\n.*", Pattern.DOTALL);

  private Identity() {}

  /**
   * A new incarnation.
   *
   * @param after the time of the one before, should the clock have been put back
   */
  static String fresh(long after) {
    var time = Math.max(System.currentTimeMillis(), after + 1);
    return String.format("%016x-%08x", time, new SecureRandom().nextInt());
  }

  static long time(String incarnation) {
    return Long.parseUnsignedLong(incarnation.substring(0, 16), 16);
  }

  static Optional<String> read(Path folder) throws IOException {
    var file = folder.resolve(FILE);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    var text = Files.readString(file, StandardCharsets.ISO_8859_1);
    var titled = TITLED.matcher(text);
    if (titled.matches() && Integer.parseInt(titled.group(1)) != Format.VERSION) {
      throw StorageException.unknownVersion(file, Integer.parseInt(titled.group(1)));
    }
    var matcher = TEXT.matcher(text);
    if (!matcher.matches()) {
      throw StorageException.damaged(file, "this is no identity");
    }
    return Optional.of(matcher.group(2));
  }

  /** It is safe when this returns. */
  static void write(Volume volume, Path folder, String incarnation) throws IOException {
    var temporary = folder.resolve(FILE + ".tmp");
    try (var out = volume.create(temporary)) {
      var text = TITLE + Format.VERSION + "\n" + incarnation + "\n";
      out.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1)));
      out.force();
    }
    volume.rename(temporary, folder.resolve(FILE));
    volume.force(folder);
  }
}
