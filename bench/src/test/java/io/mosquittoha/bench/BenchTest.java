package io.mosquittoha.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.mosquittoha.bench.stub.StubBroker;
import io.mosquittoha.bench.stub.StubBroker.Mistake;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BenchTest {
  private record Outcome(int status, String out, String err) {}

  private static Outcome bench(String... arguments) {
    var out = new StringWriter();
    var err = new StringWriter();
    var commands = Bench.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    return new Outcome(commands.execute(arguments), out.toString(), err.toString());
  }

  @Test
  void failover_whenNothingIsLost_thenEndsWith0() {
    try (var broker = new StubBroker(Mistake.NONE, 0)) {
      var outcome = failover(broker);
      assertThat(outcome.status()).as("%s", outcome).isZero();
      assertThat(outcome.out()).contains("The brokers kept their word.");
    }
  }

  @Test
  void failover_whenAnAcknowledgedMessageIsLost_thenEndsWith1() {
    try (var broker = new StubBroker(Mistake.LOSE, 5)) {
      var outcome = failover(broker);
      assertThat(outcome.status()).as("%s", outcome).isEqualTo(1);
      assertThat(outcome.out()).contains("THE BROKERS DID NOT KEEP THEIR WORD.");
    }
  }

  private static Outcome failover(StubBroker broker) {
    return bench(
        "failover",
        "-b",
        "127.0.0.1:" + broker.port(),
        "-n",
        "0",
        "--hook",
        "true",
        "--settle",
        "300ms",
        "--drain",
        "500ms");
  }

  @Test
  void connections_whenAllOpen_thenSaysHowMany(@TempDir Path folder) throws Exception {
    try (var broker = new StubBroker(Mistake.NONE, 0)) {
      var json = folder.resolve("c.json");
      var outcome =
          bench(
              "connections",
              "-b",
              "127.0.0.1:" + broker.port(),
              "--count",
              "50",
              "--hold",
              "100ms",
              "--json",
              json.toString(),
              "--pids",
              Long.toString(ProcessHandle.current().pid()));
      assertThat(outcome.status()).as("%s", outcome).isZero();
      var result = new ObjectMapper().readTree(json.toFile()).get("result");
      assertThat(result.get("opened").asInt()).isEqualTo(50);
      assertThat(result.get("residentAfter").asLong()).isGreaterThan(1 << 20);
    }
  }

  @Test
  void connections_whenNobodyListens_thenEndsWith1AndSaysWhy() {
    int port;
    try (var broker = new StubBroker(Mistake.NONE, 0)) {
      port = broker.port();
    }
    var outcome = bench("connections", "-b", "127.0.0.1:" + port, "--count", "3", "--hold", "0s");
    assertThat(outcome.status()).isEqualTo(1);
    assertThat(outcome.out()).contains("3 × no connection");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "throughput -b :x | ':x' is no HOST:PORT",
        "throughput --qos 3 | --qos is 0, 1 or 2, not 3",
        "throughput --mqtt 4 | --mqtt is 3 or 5, not 4",
        "throughput --payload 4 | a payload has 12 bytes at least",
        "throughput --duration soon | 'soon' is no time: write 10s, 500ms or 2m",
        "throughput --shape circle | Invalid value for option '--shape'",
        "failover --hook true --qos 0 | publishers have QoS 1 or 2",
        "failover | Missing required option: '--hook",
        "compare --subjects nobody | there is no subject 'nobody'",
        "compare --subjects mosquitto --loads heavy | there is no load 'heavy'"
      })
  void command_whenAValueIsBad_thenEndsWith2AndNamesIt(String command, String message) {
    var outcome = bench(command.split(" "));
    assertThat(outcome.status()).isEqualTo(2);
    assertThat(outcome.err()).contains(message);
  }
}
