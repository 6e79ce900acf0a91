package kintsugi.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every saved input, every seed, and the files of the test cases, without the fuzzer. */
class CorpusTest {
  private static final Path CORPUS = Path.of("src/fuzz/corpus");
  private static final Path CASES = Path.of("src/test/resources/cases");

  @ParameterizedTest
  @EnumSource(Target.class)
  void seedsAreAccepted(Target target) throws IOException {
    List<byte[]> seeds = target.seeds();
    for (int i = 0; i < seeds.size(); i++) {
      assertThat(Fuzz.check(target, seeds.get(i))).as("%s seed %d", target, i).isTrue();
    }
  }

  /**
   * An exception that is not the project's ends the test, and so does a refusal without a reason.
   */
  @ParameterizedTest
  @EnumSource(Target.class)
  void savedInputsAreReadOrRefused(Target target) throws IOException {
    int inputs = target.seeds().size();
    for (Path file : Fuzz.files(CORPUS.resolve(target.id()))) {
      inputs++;
      run(target, file);
    }
    assertThat(inputs).isPositive();
  }

  @ParameterizedTest
  @EnumSource(Target.class)
  void filesOfTheTestCasesAreReadOrRefused(Target target) throws IOException {
    for (Path file : Fuzz.files(CASES)) {
      if (target.takes(file.getFileName().toString())) {
        run(target, file);
      }
    }
  }

  private static void run(Target target, Path file) throws IOException {
    try {
      Fuzz.check(target, Files.readAllBytes(file));
    } catch (RuntimeException | Error e) {
      throw new AssertionError(target.id() + ": " + file, e);
    }
  }
}
