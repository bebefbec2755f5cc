package io.mosquittoha.certification.lab;

import io.mosquittoha.testbed.ClusterSpec;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Has at most one cluster at a time: the one that the class which runs now needs. Lives in JUnit's
 * root store.
 */
final class GroundsKeeper implements AutoCloseable {

  private record Kept(ClusterSpec spec, Grounds grounds) {}

  private @Nullable Kept kept;

  synchronized Grounds shared() {
    return grounds(ClusterSpec.singleNode());
  }

  synchronized Grounds grounds(ClusterSpec spec) {
    var now = kept;
    if (now != null && now.spec().equals(spec)) {
      return now.grounds();
    }
    close();
    var grounds =
        ForeignGrounds.wanted()
            .<Grounds>map(ForeignGrounds::of)
            .orElseGet(() -> TestbedGrounds.start(spec));
    kept = new Kept(spec, grounds);
    return grounds;
  }

  synchronized Optional<Grounds> current() {
    return Optional.ofNullable(kept).map(Kept::grounds);
  }

  @Override
  public synchronized void close() {
    var now = kept;
    kept = null;
    if (now != null) {
      now.grounds().close();
    }
  }
}
