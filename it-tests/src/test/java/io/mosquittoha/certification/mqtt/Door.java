package io.mosquittoha.certification.mqtt;

/** A way in: a transport and the node port behind which the suite's releases offer it. */
public enum Door {
  MQTT("tcp", 31028, "plain TCP"),
  MQTTS("ssl", 31029, "TLS"),
  WEBSOCKETS("ws", 31030, "WebSockets"),
  WSS("wss", 31031, "WebSockets over TLS");

  private final String scheme;
  private final int nodePort;
  private final String title;

  Door(String scheme, int nodePort, String title) {
    this.scheme = scheme;
    this.nodePort = nodePort;
    this.title = title;
  }

  public int nodePort() {
    return nodePort;
  }

  public boolean encrypted() {
    return this == MQTTS || this == WSS;
  }

  String uri(String host, int port) {
    return "%s://%s:%d".formatted(scheme, host, port);
  }

  @Override
  public String toString() {
    return title;
  }
}
