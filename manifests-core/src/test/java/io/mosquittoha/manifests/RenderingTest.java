package io.mosquittoha.manifests;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RenderingTest {

  @ParameterizedTest
  @EnumSource(Chart.class)
  void tmp(Chart chart) {
    var r = Rendering.of(chart.defaults(), Release.named("plant"));
    System.out.println(r.toYaml());
    System.out.println(ConfigFiles.of(r));
  }
}
