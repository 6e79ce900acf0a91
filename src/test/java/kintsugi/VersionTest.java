package kintsugi;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.security.cert.Certificate;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VersionTest {
  @TempDir Path folder;

  @Test
  void classesOfUnknownOriginHaveNoVersion() throws IOException {
    assertThat(Version.nextToTheClasses(null)).isEmpty();
    assertThat(Version.nextToTheClasses(source(null))).isEmpty();
    assertThat(Version.nextToTheClasses(source(unencoded("/a folder/classes/")))).isEmpty();
    assertThat(Version.nextToTheClasses(source(folder.toUri().toURL()))).isEmpty();
    Files.createFile(folder.resolve("module-info.class"));
    assertThat(Version.nextToTheClasses(source(folder.toUri().toURL()))).isEmpty();
  }

  @Test
  void aJarOfSeveralLibrariesHasNotTheVersionOfAnother() throws IOException {
    Path jar = folder.resolve("several.jar");
    try (InputStream module =
            Test.class.getResourceAsStream("/META-INF/versions/9/module-info.class");
        ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(jar))) {
      out.putNextEntry(new ZipEntry("module-info.class"));
      module.transferTo(out);
    }
    assertThat(Version.nextToTheClasses(source(jar.toUri().toURL()))).isEmpty();
  }

  private static CodeSource source(URL place) {
    return new CodeSource(place, (Certificate[]) null);
  }

  /** Of a class loader that makes its own. */
  @SuppressWarnings("deprecation")
  private static URL unencoded(String path) throws IOException {
    URL base = URI.create("file:/").toURL();
    return new URL(base.getProtocol(), base.getHost(), path);
  }
}
