package io.mosquittoha.bench;

import java.time.Duration;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads {@code 10}, {@code 10s}, {@code 500ms} or {@code 2m}. */
final class Seconds implements ITypeConverter<Duration> {
  private static final Pattern FORM = Pattern.compile("(\\d+(?:\\.\\d+)?)(ms|s|m)?");

  @Override
  public Duration convert(String text) {
    var form = FORM.matcher(text);
    if (!form.matches()) {
      throw new TypeConversionException("'" + text + "' is no time: write 10s, 500ms or 2m");
    }
    var unit = form.group(2) == null ? "s" : form.group(2);
    var nanos =
        switch (unit) {
          case "ms" -> 1e6;
          case "m" -> 60e9;
          default -> 1e9;
        };
    return Duration.ofNanos(Math.round(Double.parseDouble(form.group(1)) * nanos));
  }
}
