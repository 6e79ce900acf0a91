package kintsugi.serve;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Collection;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import kintsugi.AtomicOutput;
import kintsugi.InputException;

/** A certificate and its key in PEM files, as certificate authorities and openssl write them. */
final class Pem {
  private static final Pattern KEY =
      Pattern.compile(
          "-----BEGIN ([A-Z ]*)PRIVATE KEY-----([^-]*)-----END [A-Z ]*PRIVATE KEY-----");
  private static final char[] NO_PASSWORD = {};

  private Pem() {}

  /**
   * {@return what TLS needs of a certificate, with those of its authorities, and its key}
   *
   * @param certificate a PEM file, the server's own certificate first
   * @param key a PEM file with a key in PKCS #8 (RFC 5958), not encrypted
   * @throws InputException if one cannot be read, or they do not belong together
   */
  static SSLContext context(Path certificate, Path key) {
    Certificate[] chain = chain(certificate);
    try {
      PrivateKey secret = key(key, chain[0].getPublicKey());
      requirePair(certificate, key, chain[0].getPublicKey(), secret);
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setKeyEntry("server", secret, NO_PASSWORD, chain);
      KeyManagerFactory keys =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(store, NO_PASSWORD);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys.getKeyManagers(), null, null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new InputException(
          certificate + ": cannot be used with " + key + " (" + e.getMessage() + ")", e);
    }
  }

  private static Certificate[] chain(Path file) {
    try {
      Collection<? extends Certificate> all =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(bytes(file)));
      if (!all.isEmpty()) {
        return all.toArray(Certificate[]::new);
      }
    } catch (GeneralSecurityException e) {
      throw noCertificate(file, e);
    }
    throw noCertificate(file, null);
  }

  private static InputException noCertificate(Path file, Exception cause) {
    return new InputException(
        file + ": holds no certificate in PEM; name the server's, with its chain (tls-cert)",
        cause);
  }

  private static PrivateKey key(Path file, PublicKey of) throws GeneralSecurityException {
    Matcher matcher = KEY.matcher(new String(bytes(file), StandardCharsets.ISO_8859_1));
    if (!matcher.find()) {
      throw new InputException(file + ": holds no key in PEM; name the certificate's (tls-key)");
    }
    if (!matcher.group(1).isEmpty()) {
      // RSA, EC: the older forms; ENCRYPTED: one with a password.
      throw new InputException(
          file
              + ": its key is in the form "
              + matcher.group(1).strip()
              + "; convert it: openssl pkcs8 -topk8 -nocrypt -in "
              + file
              + " -out key.pem (tls-key)");
    }
    try {
      byte[] encoded = Base64.getMimeDecoder().decode(matcher.group(2));
      return KeyFactory.getInstance(of.getAlgorithm())
          .generatePrivate(new PKCS8EncodedKeySpec(encoded));
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new InputException(
          file
              + ": its key cannot be read as one for "
              + of.getAlgorithm()
              + ", which the certificate has; name the key that belongs to it (tls-key)",
          e);
    }
  }

  /** Signs with one and verifies with the other: otherwise every connection would fail. */
  private static void requirePair(Path certificate, Path key, PublicKey shown, PrivateKey secret)
      throws GeneralSecurityException {
    String algorithm =
        switch (shown.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          default -> shown.getAlgorithm();
        };
    byte[] text = {1};
    Signature signature = Signature.getInstance(algorithm);
    signature.initSign(secret);
    signature.update(text);
    byte[] signed = signature.sign();
    signature.initVerify(shown);
    signature.update(text);
    boolean pair;
    try {
      pair = signature.verify(signed);
    } catch (SignatureException e) {
      pair = false;
    }
    if (!pair) {
      throw new InputException(
          key + ": is not the key of the certificate " + certificate + "; name that (tls-key)");
    }
  }

  private static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new InputException(
          file + ": cannot be read (" + AtomicOutput.reason(e) + "); check it, and access to it",
          e);
    }
  }
}
