package kintsugi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class GridCommandTest extends CommandFixture {
  private static final String RECIPE = "patchcore/anomalib+size=64x64";

  private Path tree;

  /** Two objects in MVTec's layout, in the second of which an image is in two subsets. */
  @BeforeAll
  void makeTree() throws IOException {
    tree = folder.resolve("tree");
    List<Path> good = files(normal);
    List<Path> bad = files(anomalous);
    for (String object : List.of("one", "two")) {
      int test = object.equals("one") ? 4 : 3;
      copy(good.subList(0, 4), tree.resolve(object).resolve("train/good"));
      copy(good.subList(test, test + 4), tree.resolve(object).resolve("test/good"));
      copy(bad, tree.resolve(object).resolve("test/crack"));
    }
  }

  private static List<Path> files(Path in) throws IOException {
    try (Stream<Path> files = Files.list(in)) {
      return files.sorted().toList();
    }
  }

  private static void copy(List<Path> files, Path to) throws IOException {
    Files.createDirectories(to);
    for (Path file : files) {
      Files.copy(file, to.resolve(file.getFileName()));
    }
  }

  private Result grid(Path out, String... more) {
    String[] fixed = {"grid", "--data", "" + tree, "--layout", "mvtec", "--out", "" + out};
    return run(Stream.of(fixed, more).flatMap(Stream::of).toArray(String[]::new));
  }

  @Test
  void whatIsDoneIsNotRunAgainAndWhatIsMissingIs() throws IOException {
    Path out = folder.resolve("grid");
    Result first = grid(out, "--objects", "one", "--recipes", RECIPE, "--seeds", "1");
    assertThat(first.status()).as(first.err()).isZero();
    Path cell = out.resolve("one").resolve(RECIPE).resolve("seed-1");
    assertThat(cell).isDirectoryContaining("glob:**report.html");
    byte[] metrics = Files.readAllBytes(cell.resolve("metrics.json"));

    Result second = grid(out, "--objects", "all", "--recipes", RECIPE, "--seeds", "1,7");
    assertThat(second.status()).as(second.err()).isZero();
    assertThat(second.err())
        .contains("1 of 4: one, " + RECIPE + ", seed 1 is done")
        .contains("4 of 4: two, " + RECIPE + ", seed 7: AUROC");
    assertThat(cell.resolve("metrics.json")).hasBinaryContent(metrics);
    assertThat(second.out().lines())
        .anyMatch(line -> line.matches("one +\\Q" + RECIPE + "\\E +2  \\d\\.\\d{4} \\(.* to .*"))
        .anyMatch(line -> line.startsWith("(mean)"))
        .anyMatch(line -> line.startsWith("warning: two, ") && line.contains("in two subsets"));
    assertThat(second.out()).doesNotContain("warning: one");
    assertThat(Files.readAllLines(out.resolve("grid.csv"))).hasSize(4);
    assertThat(out.resolve("grid.json")).content().contains("\"image_auroc\"", "in two subsets");
    assertThat(out.resolve("results.md"))
        .content()
        .contains("| one | `" + RECIPE + "` | 1, 7 |", "| **mean** |", "in two subsets")
        .contains("./kintsugi grid --data " + tree);

    // As a run leaves it that was killed while its files appeared.
    Files.delete(cell.resolve("scores.csv"));
    Files.createDirectories(cell.resolve(".kintsugi-grid.part/x"));
    Result third = grid(out, "--objects", "one", "--recipes", RECIPE, "--seeds", "1,7");
    assertThat(third.status()).as(third.err()).isZero();
    assertThat(third.err()).contains("seed 1: AUROC", "seed 7 is done");
    assertThat(cell).isDirectoryContaining("glob:**scores.csv");
    assertThat(cell.resolve(".kintsugi-grid.part")).doesNotExist();
  }

  @Test
  void otherOptionsAndOtherDataAreNoticed() throws IOException {
    Path out = folder.resolve("changed");
    String[] usual = {"--objects", "one", "--recipes", RECIPE, "--seeds", "1"};
    assertThat(grid(out, usual).status()).isZero();
    Path table = out.resolve("results.md");
    byte[] before = Files.readAllBytes(table);
    Result other =
        grid(
            out,
            Stream.of(usual, new String[] {"--train", "3"})
                .flatMap(Stream::of)
                .toArray(String[]::new));
    assertThat(other.status()).isEqualTo(1);
    assertThat(other.err().lines()).hasSize(1);
    assertThat(other.err())
        .contains("was run with other settings: train default where it is now 3")
        .contains("name another folder (--out)");
    assertThat(table).hasBinaryContent(before);
    Path extra = tree.resolve("one/test/good/extra.png");
    Files.copy(files(normal).getFirst(), extra);
    try {
      assertThat(grid(out, usual).err()).contains("was run with other settings: split ");
    } finally {
      Files.delete(extra);
    }
    assertThat(grid(out, usual).status()).isZero();
  }

  @Test
  void anExperimentThatCannotBeRunDoesNotStopTheOthers() throws IOException {
    Path out = folder.resolve("partly");
    Path broken = tree.resolve("one/train/good/broken.png");
    Files.writeString(broken, "not an image");
    try {
      Result result = grid(out, "--recipes", RECIPE, "--seeds", "1");
      assertThat(result.status()).isEqualTo(1);
      assertThat(result.err()).contains("one, " + RECIPE + ", seed 1 cannot be run");
      assertThat(result.out())
          .contains("not run: one, ", "broken.png")
          .containsPattern("two +patch");
      assertThat(out.resolve("results.md")).content().contains("Not run:", "| two |");
    } finally {
      Files.delete(broken);
    }
    Result next = grid(out, "--recipes", RECIPE, "--seeds", "1");
    assertThat(next.status()).as(next.err()).isZero();
    assertThat(next.err()).contains("one, " + RECIPE + ", seed 1: AUROC", "two, ", " is done");
  }

  @Test
  void wrongListsAreWrongCommandLines() {
    Path out = folder.resolve("wrong");
    for (String seeds : List.of("0", "1001", "1;2", "1.5", "")) {
      Result result = grid(out, "--recipes", RECIPE, "--seeds", seeds);
      assertThat(result.status()).as(seeds).isEqualTo(2);
      assertThat(result.err()).contains("--seeds");
    }
    for (String recipe :
        List.of("padim/none", "none", "padim+ratio=0.1", "padim+epsilon", "padim+seed=3")) {
      Result result = grid(out, "--recipes", recipe);
      assertThat(result.status()).as(recipe).isEqualTo(2);
    }
    assertFails(
        grid(out, "--objects", "three", "--recipes", RECIPE),
        out,
        "has no object three; name one of one, two");
  }

  @Test
  void aListIsOneObjectByTheNameOfItsFolder() throws IOException {
    Path list = folder.resolve("tree/list.csv");
    StringBuilder rows = new StringBuilder("file,label,split\n");
    for (Path file : files(tree.resolve("one/train/good"))) {
      rows.append(file).append(",normal,train\n");
    }
    for (String kind : List.of("good", "crack")) {
      for (Path file : files(tree.resolve("one/test").resolve(kind))) {
        rows.append(file).append(kind.equals("good") ? ",normal" : ",crack").append(",test\n");
      }
    }
    Files.writeString(list, rows);
    Path out = folder.resolve("listed");
    String[] line = {
      "grid", "--data", "" + list, "--recipes", RECIPE, "--seeds", "3,", "--out", "" + out
    };
    Result result = run(line);
    assertThat(result.status()).as(result.err()).isZero();
    assertThat(out.resolve("tree").resolve(RECIPE).resolve("seed-3/metrics.json")).exists();
    assertThat(result.out()).containsPattern("tree +patchcore");
  }
}
