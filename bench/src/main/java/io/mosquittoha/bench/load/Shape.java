package io.mosquittoha.bench.load;

/** Who publishes to whom. */
public enum Shape {
  /** Many publishers, few subscribers; each message goes to one. */
  fanIn,
  /** Each message goes to every subscriber. */
  fanOut,
  /** Publisher n talks to subscriber n. */
  pairs;

  int copies(int subscribers) {
    return this == fanOut ? subscribers : 1;
  }

  String topic(String run, int publisher, int subscribers) {
    return switch (this) {
      case fanIn -> run + "/" + publisher % subscribers + "/" + publisher;
      case fanOut -> run + "/all/" + publisher;
      case pairs -> run + "/" + publisher;
    };
  }

  String filter(String run, int subscriber) {
    return switch (this) {
      case fanIn -> run + "/" + subscriber + "/+";
      case fanOut -> run + "/all/+";
      case pairs -> run + "/" + subscriber;
    };
  }

  @Override
  public String toString() {
    return switch (this) {
      case fanIn -> "fan-in";
      case fanOut -> "fan-out";
      case pairs -> "pairs";
    };
  }
}
