package kintsugi.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import kintsugi.InputException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images that are there twice. */
class DuplicatesTest {
  @TempDir Path folder;

  private Path one;
  private Path copy;
  private Path other;

  @BeforeEach
  void write() throws IOException {
    one = Files.writeString(folder.resolve("one.png"), "one");
    copy = Files.writeString(folder.resolve("copy.png"), "one");
    other = Files.writeString(folder.resolve("other.png"), "two");
  }

  private static Sample bad(Path file, String label) {
    return new Sample(file, true, label, null);
  }

  @Test
  void oneFileCannotBeNormalAndAnomalous() throws IOException {
    Path link = Files.createSymbolicLink(folder.resolve("link.png"), one);
    for (Path same : List.of(one, folder.resolve("./one.png"), link)) {
      List<Sample> samples = List.of(Sample.normal(one), bad(same, "crack"));
      assertThatThrownBy(() -> Duplicates.notices(samples))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("is named both as normal and as anomalous");
    }
  }

  @Test
  void identicalFilesAreWarnedOfByName() {
    assertThat(Duplicates.notices(List.of(Sample.normal(one), Sample.normal(other)))).isEmpty();
    assertThat(Duplicates.notices(List.of(Sample.normal(one), bad(copy, "crack"))))
        .singleElement()
        .asString()
        .contains("both as normal and as anomalous, such as " + copy + " and " + one);
    assertThat(Duplicates.notices(List.of(bad(one, "hole"), bad(copy, "crack"))))
        .singleElement()
        .asString()
        .contains("in two classes of defects", copy.toString());
    assertThat(Duplicates.notices(List.of(Sample.normal(one), Sample.normal(copy))))
        .containsExactly(
            "1 image has identical copies in one class and subset, such as "
                + copy
                + " and "
                + one);
    assertThat(Duplicates.notices(List.of(Sample.normal(one), Sample.normal(one))))
        .containsExactly(
            "1 image has identical copies in one class and subset, such as "
                + one
                + ", named twice");
    assertThat(Duplicates.repeated(List.of(one, copy, one)))
        .containsExactly("named more than once: one.png");
    assertThat(Duplicates.repeated(List.of(one, copy))).isEmpty();
  }

  @Test
  void oneFileInTwoSubsetsIsFound() {
    Split split =
        new Split(
            List.of(Sample.normal(one)),
            List.of(Sample.normal(other)),
            List.of(Sample.normal(one), bad(copy, "crack")));
    assertThat(Duplicates.across(split)).containsExactly(List.of(copy, one));
    assertThat(Duplicates.notices(split))
        .hasSize(2)
        .anyMatch(line -> line.contains("in two subsets of the split"))
        .anyMatch(line -> line.contains("both as normal and as anomalous"));
  }
}
