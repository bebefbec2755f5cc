package io.mosquittoha.certification.lab;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HttpReplyTest {

  @Test
  void reply_whenItHasALength_thenItsBodyIsWhatFollowsTheHead() {
    assertThat(HttpReply.parse("HTTP/1.1 200 OK\r\nContent-length: 2\r\n\r\nok"))
        .isEqualTo(new HttpReply(200, "ok"));
  }

  @Test
  void reply_whenItIsChunked_thenItsBodyIsPutTogether() {
    assertThat(
            HttpReply.parse(
                "HTTP/1.1 503 Service Unavailable\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "3\r\nnot\r\nb\r\n the leader\r\n0\r\n\r\n"))
        .isEqualTo(new HttpReply(503, "not the leader"));
  }

  @Test
  void reply_whenNothingCame_thenItIsNoSuccess() {
    assertThat(HttpReply.parse("").isSuccess()).isFalse();
    assertThat(HttpReply.parse("garbage\r\n\r\n").isSuccess()).isFalse();
    assertThat(HttpReply.parse("HTTP/1.1 200 OK\r\n").isSuccess()).isFalse();
    assertThat(HttpReply.parse("HTTP/1.1 503 Away\r\n\r\n").isSuccess()).isFalse();
    assertThat(HttpReply.parse("HTTP/1.1 202 Accepted\r\n\r\n").isSuccess()).isTrue();
  }
}
