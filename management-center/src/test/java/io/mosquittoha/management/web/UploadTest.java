package io.mosquittoha.management.web;

import static io.mosquittoha.management.web.Running.json;
import static org.assertj.core.api.Assertions.assertThat;

import io.mosquittoha.management.security.SentJson;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UploadTest {

  @TempDir private Path folder;
  private final CountDownLatch reads = new CountDownLatch(1);
  private final CountDownLatch goesOn = new CountDownLatch(1);

  private final Room room =
      routes -> {
        routes.post("/api/v1/read", Role.VIEWER, "Read", visit -> visit.json(SentJson.of(visit)));
        routes.post(
            "/api/v1/slow",
            Role.VIEWER,
            "Read slowly",
            visit -> {
              reads.countDown();
              goesOn.await();
              visit.json(SentJson.of(visit));
            });
      };

  private static HttpResponse<String> send(Running.Browser browser, String path, String file) {
    var form =
        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.json\"\r\n\r\n"
            + file
            + "\r\n--b--\r\n";
    return browser.send("POST", path, form, "Content-Type", "multipart/form-data; boundary=b");
  }

  @Test
  void file_whenItIsSentInAForm_thenIsRead_howeverLong() {
    try (var running = Running.in(folder, room)) {
      var browser = running.admin();
      for (var length : new int[] {0, 1, 3_000_000}) {
        var answer = send(browser, "/api/v1/read", "{\"a\":\"%s\"}".formatted("x".repeat(length)));
        assertThat(json(answer).path("a").asText()).hasSize(length);
      }
      assertThat(send(browser, "/api/v1/read", "{\"a\":").statusCode()).isEqualTo(400);
    }
  }

  @Test
  void file_whenAnotherIsBeingRead_thenHasToWait_andOtherRequestsDoNot() throws Exception {
    try (var running = Running.in(folder, room)) {
      var browser = running.admin();
      var first = CompletableFuture.supplyAsync(() -> send(browser, "/api/v1/slow", "{\"a\":1}"));
      reads.await();

      assertThat(send(browser, "/api/v1/read", "{}").statusCode()).isEqualTo(429);
      assertThat(browser.get("/api/v1/session").statusCode()).isEqualTo(200);

      goesOn.countDown();
      assertThat(json(first.get())).hasToString("{\"a\":1}");
      assertThat(send(browser, "/api/v1/read", "{}").statusCode()).isEqualTo(200);
    }
  }
}
