package io.mosquittoha.management.metrics;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Figures in steps of equal length, being put together. */
final class Curves {

  private final long begin;
  private final long step;
  private final int steps;
  private final List<Figure> figures;
  private final Map<String, Map<Figure, Curve>> curves =
      new TreeMap<>(Comparator.comparingInt(String::length).thenComparing(it -> it));

  /** Times are seconds since 1970; steps begin at multiples of their length. */
  Curves(long begin, long end, long step, Collection<Figure> figures) {
    this.begin = begin / step * step;
    this.step = step;
    this.steps = (int) ((end - this.begin) / step) + 1;
    this.figures = List.copyOf(figures);
  }

  void add(String member, long time, Row mean, Row least, Row most) {
    int at = (int) ((time - begin) / step);
    if (at < 0 || at >= steps) {
      return;
    }
    var own = curves.computeIfAbsent(member, it -> new TreeMap<>());
    for (var figure : figures) {
      if (!Float.isNaN(mean.get(figure))) {
        own.computeIfAbsent(figure, it -> new Curve(steps))
            .add(at, mean.get(figure), least.get(figure), most.get(figure));
      }
    }
  }

  long step() {
    return step;
  }

  List<Long> times() {
    var times = new ArrayList<Long>(steps);
    for (int i = 0; i < steps; i++) {
      times.add(begin + i * step);
    }
    return times;
  }

  /** Those that there is anything of, by member. */
  List<Series> series() {
    var series = new ArrayList<Series>();
    curves.forEach((member, figures) ->
        figures.forEach((figure, curve) -> series.add(curve.series(member, figure))));
    return series;
  }

  List<String> members() {
    return List.copyOf(curves.keySet());
  }

  /**
   * One line of a chart. Where there is nothing, a value is null.
   *
   * @param unit see {@link Unit}
   * @param lows the least within each step; left out if all are like {@code values}
   * @param highs the most
   */
  record Series(
      String member,
      String figure,
      String unit,
      List<@Nullable Float> values,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) List<@Nullable Float> lows,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) List<@Nullable Float> highs) {}

  private static final class Curve {
    private final double[] sum;
    private final int[] count;
    private final float[] least;
    private final float[] most;

    Curve(int steps) {
      sum = new double[steps];
      count = new int[steps];
      least = new float[steps];
      most = new float[steps];
      Arrays.fill(least, Float.POSITIVE_INFINITY);
      Arrays.fill(most, Float.NEGATIVE_INFINITY);
    }

    void add(int at, float mean, float low, float high) {
      sum[at] += mean;
      count[at]++;
      least[at] = Math.min(least[at], low);
      most[at] = Math.max(most[at], high);
    }

    Series series(String member, Figure figure) {
      var values = new ArrayList<@Nullable Float>(sum.length);
      var lows = new ArrayList<@Nullable Float>(sum.length);
      var highs = new ArrayList<@Nullable Float>(sum.length);
      var differ = false;
      for (int i = 0; i < sum.length; i++) {
        if (count[i] == 0) {
          values.add(null);
          lows.add(null);
          highs.add(null);
        } else {
          var mean = (float) (sum[i] / count[i]);
          values.add(rounded(mean));
          lows.add(rounded(least[i]));
          highs.add(rounded(most[i]));
          differ |= least[i] != most[i];
        }
      }
      return new Series(
          member,
          figure.id(),
          figure.unit().id(),
          values,
          differ ? lows : List.of(),
          differ ? highs : List.of());
    }

    /** Four digits say all that a chart shows. */
    private static float rounded(float value) {
      if (value == 0) {
        return 0;
      }
      var scale = Math.pow(10, 3 - Math.floor(Math.log10(Math.abs(value))));
      return (float) (Math.round(value * scale) / scale);
    }
  }
}
