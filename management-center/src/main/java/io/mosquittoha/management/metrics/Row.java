package io.mosquittoha.management.metrics;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** The figures of one broker at one moment; what there is none of is NaN. */
record Row(float[] values) {

  static Row empty() {
    var values = new float[Figure.values().length];
    Arrays.fill(values, Float.NaN);
    return new Row(values);
  }

  float get(Figure figure) {
    return values[figure.ordinal()];
  }

  void set(Figure figure, double value) {
    values[figure.ordinal()] = (float) value;
  }

  byte[] bytes() {
    var bytes = ByteBuffer.allocate(values.length * Float.BYTES);
    bytes.asFloatBuffer().put(values);
    return bytes.array();
  }

  /** Also those of another release, which knew fewer figures or more. */
  static Row of(byte[] bytes) {
    var row = empty();
    var floats = ByteBuffer.wrap(bytes).asFloatBuffer();
    floats.get(row.values, 0, Math.min(floats.remaining(), row.values.length));
    return row;
  }
}
