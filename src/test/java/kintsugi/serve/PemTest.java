package kintsugi.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import kintsugi.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS from PEM files. */
class PemTest extends LineFixture {
  private static final String PASSWORD = "password";

  /** A key and its certificate, as keytool makes them. */
  private record Pair(KeyStore store, Path certificate, Path key) {}

  private static String pem(String kind, byte[] der) {
    String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    return "-----BEGIN " + kind + "-----\n" + base64 + "\n-----END " + kind + "-----\n";
  }

  private static Pair pair(String algorithm) throws Exception {
    Path store = Files.createTempDirectory(folder, "tls").resolve("keys.p12");
    String keytool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
    Process process =
        new ProcessBuilder(
                List.of(
                    keytool,
                    "-genkeypair",
                    "-alias",
                    "a",
                    "-keyalg",
                    algorithm,
                    "-dname",
                    "CN=localhost",
                    "-ext",
                    "san=ip:127.0.0.1",
                    "-storetype",
                    "PKCS12",
                    "-keystore",
                    store.toString(),
                    "-storepass",
                    PASSWORD))
            .redirectErrorStream(true)
            .start();
    process.getInputStream().readAllBytes();
    assertThat(process.waitFor()).isZero();
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD.toCharArray());
    }
    Path certificate = store.resolveSibling("cert.pem");
    Files.writeString(certificate, pem("CERTIFICATE", keys.getCertificate("a").getEncoded()));
    Path key = store.resolveSibling("key.pem");
    byte[] secret = keys.getKey("a", PASSWORD.toCharArray()).getEncoded();
    Files.writeString(key, pem("PRIVATE KEY", secret));
    return new Pair(keys, certificate, key);
  }

  private static Server.Options options(Path certificate, Path key) {
    Server.Access access =
        new Server.Access(
            Optional.empty(),
            Optional.ofNullable(certificate),
            Optional.ofNullable(key),
            List.of(),
            List.of());
    return new Server.Options("127.0.0.1", 0, 1 << 20, access, line -> {});
  }

  @ParameterizedTest
  @ValueSource(strings = {"RSA", "EC", "Ed25519"})
  void aPairOfFilesServesHttps(String algorithm) throws Exception {
    Pair pair = pair(algorithm);
    serve(options(pair.certificate, pair.key), 4);
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("a", pair.store.getCertificate("a"));
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    assertThat(server.url()).startsWith("https://127.0.0.1:");
    try (HttpClient https = HttpClient.newBuilder().sslContext(context).build()) {
      HttpRequest request = to("/healthz").build();
      assertThat(https.send(request, BodyHandlers.ofString()).body()).contains("alive");
    }
  }

  @Test
  void whatCannotServeIsNamedInOneLine() throws Exception {
    Pair pair = pair("RSA");
    Path old = folder.resolve("old.pem");
    Files.writeString(old, pem("RSA PRIVATE KEY", new byte[40]));
    assertThatThrownBy(() -> serve(options(pair.certificate, old), 4))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(
            "its key is in the form RSA; convert it: openssl pkcs8 -topk8 -nocrypt -in " + old);
    Path other = pair("RSA").key;
    assertThatThrownBy(() -> serve(options(pair.certificate, other), 4))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("is not the key of the certificate");
    Path elliptic = pair("EC").key;
    assertThatThrownBy(() -> serve(options(pair.certificate, elliptic), 4))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("cannot be read as one for RSA");
    assertThatThrownBy(() -> serve(options(pair.key, pair.key), 4))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("holds no certificate in PEM");
    assertThatThrownBy(() -> serve(options(pair.certificate, null), 4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("name both");
  }
}
