package io.mosquittoha.agent.peer;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/** A connection after both sides have said who they are. */
final class Connection implements Closeable {

  /** Whether somebody may be answered. */
  @FunctionalInterface
  interface Check {
    void check(Hello other) throws IOException;
  }

  private final Socket raw;
  final Socket socket;
  final Wire.Reader in;
  final Wire.Writer out;
  final Hello other;

  private Connection(Socket raw, Socket socket, Wire.Reader in, Wire.Writer out, Hello other) {
    this.raw = raw;
    this.socket = socket;
    this.in = in;
    this.out = out;
    this.other = other;
  }

  /** From the side that connected: it speaks first. */
  static Connection dialled(Socket raw, @Nullable SSLSocket tls, Hello self) throws IOException {
    var socket = tls == null ? raw : tls;
    var out = new Wire.Writer(socket.getOutputStream());
    out.write(self);
    out.flush();
    var in = new Wire.Reader(socket.getInputStream());
    return new Connection(raw, socket, in, out, in.readHello());
  }

  /** From the side that was connected to: it answers, if the other one may be answered. */
  static Connection accepted(Socket raw, @Nullable SSLSocket tls, Hello self, Check check)
      throws IOException {
    var socket = tls == null ? raw : tls;
    var in = new Wire.Reader(socket.getInputStream());
    var other = in.readHello();
    check.check(other);
    var out = new Wire.Writer(socket.getOutputStream());
    out.write(self);
    out.flush();
    return new Connection(raw, socket, in, out, other);
  }

  InetAddress address() {
    return raw.getInetAddress();
  }

  void giveUpAfter(int millisOfSilence) throws SocketException {
    socket.setSoTimeout(millisOfSilence);
  }

  /** Says that nothing more comes; what was written before still arrives. */
  void finish() {
    try {
      raw.shutdownOutput();
    } catch (IOException e) {
      close();
    }
  }

  /**
   * Ends it, also for those who are reading and writing. Not by way of TLS, which would wait until
   * what is being written is.
   */
  @Override
  public void close() {
    closeNow(raw);
  }

  /** Ends a connection such that the other side knows at once, whatever was still to be sent. */
  static void closeNow(Socket socket) {
    try {
      socket.setSoLinger(true, 0);
    } catch (SocketException e) {
      // It is closed already, or was never connected.
    }
    try {
      socket.close();
    } catch (IOException e) {
      // There is nothing left to be done about it.
    }
  }
}
