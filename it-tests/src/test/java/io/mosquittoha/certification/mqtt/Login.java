package io.mosquittoha.certification.mqtt;

/** An account. The password is not part of {@link #toString()}, since failures are printed. */
public record Login(String user, String password) {

  @Override
  public String toString() {
    return user;
  }
}
