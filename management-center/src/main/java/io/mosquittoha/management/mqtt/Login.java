package io.mosquittoha.management.mqtt;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * An account's name and password. It is never printed whole.
 *
 * @param password in UTF-8
 */
public record Login(String name, String password) {

  /**
   * Reads the password from a file, which may end with a line break. It is read for each
   * connection: whoever changes the Secret needs no restart.
   *
   * @throws IOException if it can't be read
   */
  public static Login read(String name, Path file) throws IOException {
    return new Login(name, Files.readString(file).stripTrailing());
  }

  byte[] secret() {
    return password.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public String toString() {
    return "Login[" + name + "]";
  }
}
