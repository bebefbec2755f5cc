package io.mosquittoha.management.support;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Writes parts into a zip, one after the other, so that no more than one is in memory. */
final class Bundle {

  private final Redaction redaction;
  private final String folder;

  /**
   * @param folder all names in the zip begin with it
   */
  Bundle(Redaction redaction, String folder) {
    this.redaction = redaction;
    this.folder = folder;
  }

  void write(List<Part> parts, OutputStream out) throws IOException {
    var json = json();
    var zip = new ZipOutputStream(out);
    for (var part : parts) {
      String name = part.name();
      String text;
      try {
        var content = part.content().call();
        text = content instanceof String plain ? plain : json.writeValueAsString(content) + "\n";
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted", e);
      } catch (Exception e) {
        name += ".missing.txt";
        text = "It could not be had: %s%n".formatted(e.getMessage() == null ? e : e.getMessage());
      }
      zip.putNextEntry(new ZipEntry(folder + "/" + redaction.clean(name)));
      zip.write(redaction.clean(text).getBytes(StandardCharsets.UTF_8));
      zip.closeEntry();
      zip.flush();
    }
    zip.finish();
  }

  private static ObjectWriter json() {
    ObjectMapper mapper =
        JsonMapper.builder()
            .addModule(new JavaTimeModule())
            .addModule(new Jdk8Module())
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
            .disable(SerializationFeature.WRITE_DURATIONS_AS_TIMESTAMPS)
            .disable(SerializationFeature.FAIL_ON_EMPTY_BEANS)
            .build();
    return mapper.writerWithDefaultPrettyPrinter();
  }
}
