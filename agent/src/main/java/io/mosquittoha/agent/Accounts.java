package io.mosquittoha.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/**
 * The accounts that the chart declares, with the passwords of their Secret. They have to be in
 * dynamic security's file before a broker reads it. To see that takes long enough to be noticed in
 * a failover, so those who stand by look beforehand.
 */
final class Accounts {

  private final Settings settings;

  /** The files that were last looked at. */
  private List<Object> seen = List.of();

  /** Whether all accounts were found in place there. */
  private boolean inPlace;

  Accounts(Settings settings) {
    this.settings = settings;
  }

  /**
   * Puts them into the file of this member.
   *
   * @throws IOException if they cannot be put there; why is in the log
   */
  void prepare() throws IOException {
    if (settings.launch().isEmpty() || inPlace && look().equals(seen)) {
      return;
    }
    run(settings.data(), ProcessBuilder.Redirect.INHERIT);
    seen = look();
    inPlace = true;
  }

  /** Looks whether they are there, and changes nothing: the file is the cluster's. */
  void rehearse() {
    if (settings.launch().isEmpty() || !Files.exists(settings.securityFile())) {
      return;
    }
    try {
      var now = look();
      if (now.equals(seen)) {
        return;
      }
      seen = now;
      inPlace = false;
      var folder = Files.createDirectories(settings.runtime().resolve("accounts"));
      var copy = folder.resolve(settings.securityFile().getFileName());
      Files.copy(settings.securityFile(), copy, StandardCopyOption.REPLACE_EXISTING);
      run(folder, ProcessBuilder.Redirect.DISCARD);
      inPlace = Files.mismatch(copy, settings.securityFile()) < 0;
    } catch (IOException e) {
      // Whoever has to have them says why not.
    }
  }

  private void run(Path data, ProcessBuilder.Redirect output) throws IOException {
    var preparing =
        new ProcessBuilder(
                settings.launch(),
                "accounts",
                "--accounts",
                declared().toString(),
                "--passwords",
                settings.accounts().toString(),
                "--data",
                data.toString())
            .redirectOutput(output)
            .redirectError(output)
            .start();
    try {
      if (preparing.waitFor() != 0) {
        throw new IOException("the accounts could not be prepared; the lines above say why");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private Path declared() {
    return settings.config().resolveSibling("accounts.json");
  }

  /** What tells whether anything has changed that the accounts depend on. */
  private List<Object> look() throws IOException {
    return List.of(
        WatchedFolder.mark(settings.securityFile()),
        WatchedFolder.mark(declared()),
        WatchedFolder.look(settings.accounts()));
  }
}
