package io.mosquittoha.bench.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(OS.LINUX)
class ProcessesTest {
  @Test
  void usage_whenAChildWorks_thenItsProcessorTimeCounts() throws Exception {
    // The shell waits; what works is its child, for half a second of processor time and no longer.
    var process =
        new ProcessBuilder(
                "/bin/sh",
                "-c",
                "(ulimit -t 2; i=0; while [ $i -lt 3000000 ]; do i=$((i+1)); done); sleep 20")
            .start();
    try {
      var processes = new Processes(List.of(process.pid()));
      processes.start();
      var end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
      while (processes.usage().cpuSeconds() < 0.2 && System.nanoTime() - end < 0) {
        Thread.sleep(20);
      }
      assertThat(processes.usage().cpuSeconds()).isGreaterThanOrEqualTo(0.2);
      assertThat(processes.usage().residentBytes()).isGreaterThan(100_000);
      assertThat(processes.usage().processes()).isGreaterThanOrEqualTo(2);
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  @Test
  void processes_whenOneIsNotThere_thenItIsNamed() {
    assertThatThrownBy(() -> new Processes(List.of(4_194_305L)))
        .hasMessage("there is no process 4194305");
  }

  @Test
  void hook_whenItSaysWhenItKilled_thenThatIsTheMoment() {
    var run =
        new Hook(
                "sleep 0.3; echo killed $(date +%s%N); sleep 0.3; echo round {n}",
                Duration.ofSeconds(10))
            .run(7);
    var ago = System.nanoTime() - run.moment();
    assertThat(run.status()).isZero();
    assertThat(run.output()).contains("round 7");
    assertThat(Duration.ofNanos(ago)).isBetween(Duration.ofMillis(250), Duration.ofSeconds(5));
  }

  @Test
  void hook_whenItDoesNotSayWhen_thenTheMomentIsItsStart() {
    var before = System.nanoTime();
    var run = new Hook("sleep 0.2", Duration.ofSeconds(10)).run(1);
    assertThat(System.nanoTime() - run.moment()).isGreaterThan(Duration.ofMillis(200).toNanos());
    assertThat(run.moment() - before).isNotNegative();
  }

  @Test
  void hook_whenItHangs_thenIsEndedAndTold() {
    assertThatThrownBy(() -> new Hook("sleep 30", Duration.ofMillis(200)).run(1))
        .hasMessageContaining("did not end within");
  }
}
