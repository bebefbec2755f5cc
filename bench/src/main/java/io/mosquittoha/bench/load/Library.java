package io.mosquittoha.bench.load;

import io.mosquittoha.bench.mqtt.Identity;
import io.mosquittoha.bench.mqtt.Loop;
import io.mosquittoha.bench.mqtt.Target;

/** Which client publishes and subscribes. */
public enum Library {
  /** This programme's own, thin, so that the machine's time is the broker's. */
  wire,
  /** The HiveMQ client, as an application would use it. */
  hivemq;

  Client client(Loop loop, Target target, Identity identity, Client.Ears ears) {
    return switch (this) {
      case wire -> new WireClient(loop, target, identity, ears);
      case hivemq ->
          identity.version() == 5
              ? new HiveMqFive(loop, target, identity, ears)
              : new HiveMqThree(loop, target, identity, ears);
    };
  }
}
