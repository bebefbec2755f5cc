package io.mosquittoha.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccountsTest {

  @TempDir private Path folder;
  private Accounts accounts;

  /** Stands for launch: notes where it was to work, and adds what the test says is missing. */
  @BeforeEach
  void launch() throws IOException {
    var launch = folder.resolve("launch");
    Files.writeString(
        launch,
        """
        #!/bin/sh
        cd "$(dirname "$0")"
        echo "$7" >>calls
        if [ -e broken ]; then exit 1; fi
        if [ -e missing ] && ! grep -q new "$7/dynamic-security.json"; then
          echo new >>"$7/dynamic-security.json"
        fi
        """);
    launch.toFile().setExecutable(true);
    for (var name : List.of("data", "accounts", "config", "runtime")) {
      Files.createDirectory(folder.resolve(name));
    }
    Files.writeString(folder.resolve("config/accounts.json"), "{}");
    Files.writeString(folder.resolve("accounts/admin"), "secret");
    Files.writeString(security(), "old\n");
    Files.writeString(
        folder.resolve("agent.properties"),
        """
        service=
        view=file
        launch=%1$s/launch
        data=%1$s/data
        accounts=%1$s/accounts
        brokerConfig=%1$s/config/mosquitto.conf
        runtime=%1$s/runtime
        """
            .formatted(folder));
    accounts = new Accounts(settings());
  }

  private Settings settings() throws IOException {
    return Settings.read(folder.resolve("agent.properties"), Map.of("POD_NAME", "mosquitto-0"));
  }

  @Test
  void prepare_whenAllWereInPlaceBefore_thenItTakesNoTime() throws IOException {
    accounts.rehearse();
    accounts.rehearse();
    accounts.prepare();
    assertThat(calls()).containsExactly(folder + "/runtime/accounts");
  }

  @Test
  void rehearse_whenAnAccountIsMissing_thenTheFileStaysAndPrepareAddsIt() throws IOException {
    Files.createFile(folder.resolve("missing"));
    accounts.rehearse();
    assertThat(security()).hasContent("old\n");
    accounts.prepare();
    assertThat(security()).hasContent("old\nnew\n");
    accounts.prepare();
    assertThat(calls()).containsExactly(folder + "/runtime/accounts", folder + "/data");
  }

  @Test
  void rehearse_whenSomethingHasChanged_thenItIsLookedAtAgain() throws IOException {
    accounts.rehearse();
    Files.writeString(folder.resolve("accounts/admin"), "another secret");
    accounts.rehearse();
    Files.writeString(security(), "old\nand more\n");
    accounts.rehearse();
    Files.writeString(folder.resolve("config/accounts.json"), "{ }");
    accounts.rehearse();
    assertThat(calls()).hasSize(4);
    Files.writeString(folder.resolve("accounts/mqtt"), "x");
    accounts.prepare();
    assertThat(calls()).hasSize(5).last().isEqualTo(folder + "/data");
  }

  @Test
  void prepare_whenTheyCannotBePrepared_thenItFailsThoughTheRehearsalDidNot() throws IOException {
    Files.createFile(folder.resolve("broken"));
    accounts.rehearse();
    assertThatThrownBy(accounts::prepare).hasMessageContaining("could not be prepared");
    assertThatThrownBy(accounts::prepare).hasMessageContaining("could not be prepared");
  }

  @Test
  void rehearse_whenThereIsNoStateYet_thenThereIsNothingToSee() throws IOException {
    Files.delete(security());
    accounts.rehearse();
    assertThat(folder.resolve("calls")).doesNotExist();
  }

  @Test
  void prepare_whenNothingIsToBeLaunched_thenNoAccountsAreAskedFor() throws IOException {
    Files.delete(folder.resolve("accounts/admin"));
    Files.delete(folder.resolve("accounts"));
    Files.delete(folder.resolve("config/accounts.json"));
    Files.writeString(folder.resolve("agent.properties"), "launch=\n", StandardOpenOption.APPEND);
    var none = new Accounts(settings());
    none.rehearse();
    none.prepare();
    assertThat(folder.resolve("runtime/accounts")).doesNotExist();
  }

  private Path security() {
    return folder.resolve("data/dynamic-security.json");
  }

  private List<String> calls() throws IOException {
    return Files.readAllLines(folder.resolve("calls"));
  }
}
