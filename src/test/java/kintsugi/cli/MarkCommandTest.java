package kintsugi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code mark} as it is typed. */
class MarkCommandTest {
  private static final Path ANSWERS = Path.of("src/test/resources/exercises");

  @TempDir Path folder;

  private CommandFixture.Result mark(String... arguments) {
    // The limit is not what is tested, and a busy machine is slow.
    return run(Stream.concat(Stream.of("" + folder, "--seconds", "120"), Stream.of(arguments)));
  }

  private static CommandFixture.Result run(Stream<String> arguments) {
    return CommandFixture.runBare(
        Stream.concat(Stream.of("mark"), arguments).toArray(String[]::new));
  }

  private void handIn(String name, String right, String wrong) throws IOException {
    String text = Files.readString(ANSWERS.resolve(name + ".txt"));
    Files.writeString(folder.resolve(name + ".java"), text.replace(right, wrong));
  }

  @Test
  void theStatusIsZeroOnlyWhereAllThatIsAskedForIsRight() throws IOException {
    handIn("Auroc", "", "");
    handIn("Covariance", "(n - 1)", "n");
    CommandFixture.Result right = mark("--only", "auroc");
    assertThat(right.status()).as(right.out() + right.err()).isZero();
    assertThat(right.out()).startsWith("Auroc                right: 3 of 3 cases");
    CommandFixture.Result both = mark("--only", "Auroc,Covariance");
    assertThat(both.status()).isEqualTo(1);
    assertThat(both.out())
        .contains("Covariance           wrong: 2 patches of 1 element, ε = 0: covariance(…)[0][0]")
        .contains("  perhaps divided by N where the paper divides by N − 1");
    CommandFixture.Result missing = mark("--only", "Blur");
    assertThat(missing.status()).isEqualTo(1);
    assertThat(missing.out()).contains("there is no Blur.java in the folder");
  }

  @Test
  void theProjectsExercisesAreNotWrittenYet() {
    CommandFixture.Result all = run(Stream.of("--seconds", "120"));
    assertThat(all.status()).isEqualTo(1);
    assertThat(all.out().lines()).hasSize(10).allMatch(line -> line.endsWith("not written yet"));
  }

  @Test
  void wrongCommandLinesAndFoldersAreOneLine() throws IOException {
    CommandFixture.Result unknown = mark("--only", "Fourier");
    assertThat(unknown.status()).isEqualTo(2);
    assertThat(unknown.err()).contains("--only: there is no exercise Fourier; there are Covaria");
    assertThat(run(Stream.of("" + folder, "--seconds", "0")).status()).isEqualTo(2);
    CommandFixture.Result empty = mark();
    assertThat(empty.status()).isEqualTo(1);
    assertThat(empty.err().lines()).hasSize(1);
    assertThat(empty.err()).contains("there are no Java files in it");
    CommandFixture.Result none = CommandFixture.runBare("mark", "" + folder.resolve("none"));
    assertThat(none.status()).isEqualTo(1);
    assertThat(none.err()).contains("there is no such file");
  }
}
