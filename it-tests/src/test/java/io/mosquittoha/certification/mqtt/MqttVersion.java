package io.mosquittoha.certification.mqtt;

/** The protocol versions that are certified. */
public enum MqttVersion {
  V3_1_1("MQTT 3.1.1"),
  V5("MQTT 5");

  private final String title;

  MqttVersion(String title) {
    this.title = title;
  }

  @Override
  public String toString() {
    return title;
  }
}
