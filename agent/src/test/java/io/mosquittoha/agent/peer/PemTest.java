package io.mosquittoha.agent.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.ECGenParameterSpec;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class PemTest {

  /** The bytes of P-256's name. */
  private static final byte[] CURVE = {
    0x06, 0x08, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 0x03, 0x01, 0x07
  };

  private static KeyPair rsa() throws GeneralSecurityException {
    var generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    return generator.generateKeyPair();
  }

  private static KeyPair ec() throws GeneralSecurityException {
    var generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    return generator.generateKeyPair();
  }

  private static byte[] pem(String kind, byte[] der) {
    return Certificates.pem(kind, der).getBytes(StandardCharsets.US_ASCII);
  }

  @Test
  void key_whenItIsPkcs8_isRead() throws GeneralSecurityException {
    for (var keys :
        new KeyPair[] {rsa(), ec(), KeyPairGenerator.getInstance("Ed25519").generateKeyPair()}) {
      assertThat(Pem.key(pem("PRIVATE KEY", keys.getPrivate().getEncoded())))
          .isEqualTo(keys.getPrivate());
    }
  }

  @Test
  void key_whenItIsPkcs1_isRead() throws GeneralSecurityException {
    var key = rsa().getPrivate();
    var pkcs8 = key.getEncoded();
    // What is inside of it: after 4 bytes of the sequence, 3 of the version, 15 of the algorithm
    // and
    // 4 of the octet string.
    var pkcs1 = Arrays.copyOfRange(pkcs8, 26, pkcs8.length);

    assertThat(Pem.key(pem("RSA PRIVATE KEY", pkcs1))).isEqualTo(key);
  }

  @Test
  void key_whenItIsTheOlderFormOfEc_isRead() throws GeneralSecurityException {
    var key = (ECPrivateKey) ec().getPrivate();
    var number = key.getS().toByteArray();
    var fixed = new byte[32];
    for (var i = 1; i <= Math.min(32, number.length); i++) {
      fixed[32 - i] = number[number.length - i];
    }
    var sec1 = new ByteArrayOutputStream();
    sec1.writeBytes(new byte[] {0x30, 3 + 34 + 12, 0x02, 1, 1, 0x04, 32});
    sec1.writeBytes(fixed);
    sec1.writeBytes(new byte[] {(byte) 0xa0, 10});
    sec1.writeBytes(CURVE);
    // As openssl writes it, with the parameters in a block of their own before.
    var text = new ByteArrayOutputStream();
    text.writeBytes(pem("EC PARAMETERS", CURVE));
    text.writeBytes(pem("EC PRIVATE KEY", sec1.toByteArray()));

    assertThat(((ECPrivateKey) Pem.key(text.toByteArray())).getS()).isEqualTo(key.getS());
  }

  @Test
  void key_whenItCannotBeUsed_saysWhatToDo() {
    for (var kind : new String[] {"ENCRYPTED PRIVATE KEY", "DSA PRIVATE KEY", "PRIVATE KEY"}) {
      assertThatThrownBy(() -> Pem.key(pem(kind, new byte[] {0x30, 1, 0})))
          .isInstanceOf(GeneralSecurityException.class)
          .hasMessageContaining("openssl pkcs8 -topk8");
    }
  }

  @Test
  void key_whenThereIsNone_saysSo() {
    assertThatThrownBy(() -> Pem.key("nothing".getBytes(StandardCharsets.US_ASCII)))
        .hasMessageContaining("no private key");
  }

  @Test
  void certificates_whenThereAreNone_saysSo() {
    assertThatThrownBy(() -> Pem.certificates(new byte[0]))
        .isInstanceOf(GeneralSecurityException.class);
  }
}
