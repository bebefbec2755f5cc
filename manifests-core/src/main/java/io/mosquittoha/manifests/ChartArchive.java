package io.mosquittoha.manifests;

import com.marcnuri.helm.Helm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Date;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** A chart as {@code helm install} takes it, the same bytes for the same sources. */
final class ChartArchive {

  /** Any time will do, as long as it is always the same. */
  private static final Instant ALWAYS = Instant.parse("2026-11-01T00:00:00Z");

  private ChartArchive() {}

  /** Packs a staged chart; the file is named as Helm names it. */
  static Path pack(Path staged, Path below) {
    try (var folder = TemporaryFolder.create()) {
      new Helm(staged).packageIt().withDestination(folder.path()).call();
      try (var files = Files.list(folder.path())) {
        var made = files.findFirst().orElseThrow();
        var target = below.resolve(made.getFileName().toString());
        withoutTimes(made, target);
        return target;
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot pack the chart in " + staged, e);
    }
  }

  /** Helm stamps every entry with the time of packing. */
  private static void withoutTimes(Path archive, Path rewritten) throws IOException {
    try (var input = new TarArchiveInputStream(new GZIPInputStream(Files.newInputStream(archive)));
        var output =
            new TarArchiveOutputStream(new GZIPOutputStream(Files.newOutputStream(rewritten)))) {
      output.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      for (var entry = input.getNextEntry(); entry != null; entry = input.getNextEntry()) {
        var copy = new TarArchiveEntry(entry.getName());
        copy.setSize(entry.getSize());
        copy.setMode(entry.getMode());
        copy.setModTime(Date.from(ALWAYS));
        output.putArchiveEntry(copy);
        input.transferTo(output);
        output.closeArchiveEntry();
      }
    }
  }
}
