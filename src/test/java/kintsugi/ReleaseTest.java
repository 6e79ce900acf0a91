package kintsugi;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every place that quotes the version has the POM's. */
class ReleaseTest {
  private static final String OF_ARTIFACT = "<artifactId>%s</artifactId>\\s*<version>([^<]+)<";

  private static String found(String file, String pattern) throws IOException {
    Matcher matcher = Pattern.compile(pattern).matcher(Files.readString(Path.of(file)));
    assertThat(matcher.find()).as(file + " has " + pattern).isTrue();
    return matcher.group(1);
  }

  private static String version() throws IOException {
    return found("pom.xml", OF_ARTIFACT.formatted("kintsugi"));
  }

  @ParameterizedTest
  @CsvSource({
    "docs/java.md, kintsugi",
    "src/examples/standalone/pom.xml, kintsugi",
    "benchmarks/pom.xml, kintsugi-benchmarks",
    "benchmarks/reactor.xml, kintsugi-reactor"
  })
  void aPomHasTheVersion(String file, String artifact) throws IOException {
    assertThat(found(file, OF_ARTIFACT.formatted(artifact))).isEqualTo(version());
  }

  @Test
  void theCitationHasTheVersion() throws IOException {
    assertThat(found("CITATION.cff", "(?m)^version: (.+)$")).isEqualTo(version());
  }

  @ParameterizedTest
  @ValueSource(strings = {"docs/install.md", "src/dist/container/Dockerfile"})
  void aDownloadHasTheVersion(String file) throws IOException {
    assertThat(
            Pattern.compile("kintsugi[-_](\\d+\\.\\d+\\.\\d+(-SNAPSHOT)?)")
                .matcher(Files.readString(Path.of(file)))
                .results())
        .isNotEmpty()
        .allSatisfy(quoted -> assertThat(quoted.group(1)).isEqualTo(version()));
  }

  @Test
  void aReleaseHasItsTagAndItsDate() throws IOException {
    String version = version();
    boolean released = !version.endsWith("-SNAPSHOT");
    assertThat(found("pom.xml", "<tag>([^<]+)</tag>")).isEqualTo(released ? "v" + version : "HEAD");
    assertThat(found("CHANGELOG.md", "(?m)^## (.+)$"))
        .matches(
            released
                ? "\\[" + Pattern.quote(version) + "] – \\d{4}-\\d\\d-\\d\\d"
                : "\\[Unreleased].*");
    if (released) {
      String day = found("pom.xml", "<project.build.outputTimestamp>([^T]+)T");
      assertThat(found("CHANGELOG.md", "(?m)^## \\[.+] – (.+)$")).isEqualTo(day);
    }
  }
}
