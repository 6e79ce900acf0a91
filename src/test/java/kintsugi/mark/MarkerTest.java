package kintsugi.mark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import kintsugi.mark.Attempt.Outcome;
import kintsugi.mark.Marker.Mark;
import kintsugi.mark.Marker.State;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The marker on what students hand in: right answers, planted mistakes, and code that misbehaves.
 */
class MarkerTest {
  private static final Path ANSWERS = Path.of("src/test/resources/exercises");

  @TempDir Path folder;

  static List<String> names() {
    return Marker.exercises();
  }

  @ParameterizedTest
  @MethodSource("names")
  void theRightAnswerIsRight(String name) throws Exception {
    Mark mark = mark(name, answer(name));
    assertThat(mark.state()).as(mark.toString()).isEqualTo(State.RIGHT);
    assertThat(mark.causes()).isEmpty();
  }

  /** A right answer with one part replaced is wrong, and the mistake is named. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Covariance | s[i][j] / (n - 1) | s[i][j] / n | divided by N where the paper divides by N",
        "Covariance | x[i] / n | x[i] / (n - 1) | the mean is divided by N − 1 too",
        "Covariance | s[i][i] += epsilon; |  | ε is forgotten",
        "Covariance | x[i] - mean[i]) * (x[j] - mean[j] | (double) x[i]) * (x[j] | the mean is not subtracted",
        "Covariance | j < d; j++ | j <= i; j++ | only the lower triangle is filled",
        "Covariance | / (n - 1) | / 1 | not divided by N − 1",
        "Covariance | (n - 1);\\n      }\\n      s[i][i] += epsilon; | (n - 1) + epsilon;\\n      } | ε is added to every element",
        "Cholesky | Math.sqrt(pivot) | pivot | the square root of the diagonal is missing",
        "Cholesky | sum / l[j][j] | sum | not divided by the diagonal element",
        "Cholesky | return l; | double[][] t = new double[n][n]; for (int i = 0; i < n; i++) for (int j = 0; j < n; j++) t[j][i] = l[i][j]; return t; | the upper factor Lᵀ",
        "Cholesky | pivot -= | pivot += 0 * | the sum of the squares L(i,k)² is not subtracted",
        "Cholesky | new double[n][n] | java.util.Arrays.stream(a).map(double[]::clone).toArray(double[][]::new) | above the diagonal A's elements are left",
        "ForwardSubstitution | Math.sqrt(squares) | squares | the square root is missing",
        "ForwardSubstitution | rest / l[i][i] | rest | not divided by the diagonal element L(i,i)",
        "ForwardSubstitution | - mean[i] |  | the mean is not subtracted",
        "ForwardSubstitution | rest -= | rest += | are added where they are subtracted",
        "ForwardSubstitution | j < i | j < 0 | the products L(i,j)·y(j) are not subtracted",
        "KCenter | Math.min(nearest[i], distance(rows[i], rows[next])) | distance(rows[i], rows[next]) | only the distance to the row chosen last",
        "KCenter | Math.min(nearest[i], distance(rows[i], rows[next])) | i == next ? Double.NEGATIVE_INFINITY : (c == 0 ? 0 : nearest[i]) + distance(rows[i], rows[next]) | the distances to the chosen rows are added up",
        "KCenter | nearest[i] > nearest[best] | nearest[i] >= nearest[best] | of rows equally far the last is chosen",
        "KCenter | nearest[best] == 0 | c < 0 | it does not end at distance 0",
        "KCenter | Math.min(nearest[i], distance(rows[i], rows[next])) | c == 0 ? distance(rows[i], rows[next]) : Math.max(nearest[i], distance(rows[i], rows[next])) | the maximum of the distances",
        "Bilinear | (j + 0.5) * w / width - 0.5, w); | (double) j * w / width, w); y = clamp((double) i * h / height, h); | the half pixel is forgotten",
        "Bilinear | double x = clamp((j + 0.5) * w / width - 0.5, w); | double x = width == 1 ? 0 : j * (w - 1.0) / (width - 1); y = height == 1 ? 0 : i * (h - 1.0) / (height - 1); | corners are aligned",
        "Bilinear | double g = x - left; | double g = 1 - (x - left); f = 1 - f; | the two coefficients are exchanged",
        "Bilinear | double g = x - left; | double g = Math.rint(x - left); f = Math.rint(f); | the nearest value",
        "Blur | kernel[x + r] /= sum; |  | the kernel is not divided by its sum",
        "Blur | (2 * sigma * sigma) | (sigma * sigma) | exp(−x²/σ²) where exp(−x²/2σ²)",
        "Blur | 4 * sigma | 3 * sigma | the kernel ends at 3σ",
        "Blur | Math.max(0, Math.min(i, n - 1)) | n == 1 ? 0 : Math.floorMod(i, 2 * n) < n ? Math.floorMod(i, 2 * n) : 2 * n - 1 - Math.floorMod(i, 2 * n) | mirrored beyond the edge",
        "Blur | kernel[x + r] * line[inside(i + x, n)] | i + x < 0 ? 0 : i + x >= n ? 0 : kernel[x + r] * line[i + x] / java.util.Arrays.stream(kernel, Math.max(0, r - i), Math.min(2 * r + 1, r + n - i)).sum() | the kernel is cut off and divided by the sum of the rest",
        "Blur | kernel[x + r] /= sum; | kernel[x + r] /= sum * 1.00003; | something small, probably not the formula",
        "Blur | column[i]; | rows[i][j]; | blurred along the rows alone",
        "Auroc | right += 0.5; | right += 1; | a whole pair is counted",
        "Auroc | right += 0.5; |  | nothing is counted",
        "Auroc | scores[a] > scores[n] | scores[a] < scores[n] | 1 minus the area",
        "Pro | y += 1 / size[regions[i]] / count | y += 1 / (scores.length - size[0]) | regions are weighted by their size",
        "Pro | area / limit | area | the area is not divided by the limit",
        "Pro | double normals = size[0] | double normals = scores.length | false positives are divided by all pixels",
        "Pro | / count |  | the sum over the regions",
        "Convolution | kernel[kh][kw][i][o] | kernel[2 - kh][2 - kw][i][o] | the kernel is flipped",
        "Convolution | kernel[kh][kw][i][o] | kernel[kw][kh][i][o] | rows and columns of the kernel are exchanged",
        "Convolution | sum = bias[o] | sum = 0 | the bias is forgotten",
        "Convolution | int u = x - 1 + kw | v = y + kh; int u = x + kw | the window begins at the pixel",
        "Convolution | i < inputs | i < 1 | only the first input channel",
        "Winograd | (g[0] + g[1] + g[2]) / 2 | (g[0] + g[1] + g[2]) | ",
        "Winograd | (d[1] - d[3]) | (d[3] - d[1]) | the sign of m4: it is",
        "Winograd | (d[2] - d[1]) | (d[1] - d[2]) | the sign of m3: it is",
        "Winograd | m2 - m3 - m4 | m2 - m3 + m4 | the sign of m4 in the second result",
      })
  void aPlantedMistakeIsNamed(String name, String right, String wrong, String cause)
      throws Exception {
    String text = answer(name);
    String part = right.replace("\\n", "\n");
    assertThat(text).contains(part);
    String planted = text.replace(part, wrong == null ? "" : wrong.replace("\\n", "\n"));
    Mark mark = mark(name, planted);
    assertThat(mark.state()).as(mark.toString()).isEqualTo(State.WRONG);
    assertThat(mark.text()).contains("expected");
    if (cause == null) {
      // Found and placed, though the catalogue does not know it.
      return;
    }
    assertThat(mark.causes()).as(mark.toString()).hasSize(1);
    assertThat(mark.causes().getFirst()).contains(cause);
  }

  @ParameterizedTest
  @MethodSource("names")
  void knownMistakesDifferFromTheSolutionAndFromOneAnother(String name) {
    Exercise exercise = Exercise.of(name);
    assertThat(exercise.mistakes()).hasSizeGreaterThanOrEqualTo(3);
    for (Exercise.Mistake mistake : exercise.mistakes()) {
      Mark mark = Verdict.of(exercise, outcomes(exercise.results(mistake.result())), "");
      assertThat(mark.state()).as(mistake.what()).isEqualTo(State.WRONG);
      assertThat(mark.causes()).containsExactly(mistake.what());
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void anEmptyExerciseIsNotWrittenYet(String name) throws Exception {
    String text = Files.readString(Path.of("src/exercises/java/exercises", name + ".java"));
    assertThat(mark(name, text).state()).isEqualTo(State.NOT_WRITTEN);
  }

  @Test
  void anErrorOfTheCompilerHasFileAndLineAndSparesTheOthers() throws Exception {
    write("Auroc", answer("Auroc"));
    write("Blur", answer("Blur").replace("return out;", "return out"));
    write("Cholesky", answer("Cholesky").replace("double[][] l =", "String l ="));
    try (Marker marker = Marker.of(folder, Duration.ofSeconds(60))) {
      Mark blur = marker.mark("blur");
      assertThat(blur.state()).isEqualTo(State.NOT_COMPILED);
      assertThat(blur.text()).matches("Blur.java:\\d+: ';' expected");
      Mark cholesky = marker.mark("Cholesky");
      assertThat(cholesky.text()).startsWith("Cholesky.java:4: incompatible types");
      assertThat(marker.mark("Auroc").state()).isEqualTo(State.RIGHT);
      assertThat(marker.mark("Pro").state()).isEqualTo(State.MISSING);
    }
  }

  @Test
  void anEndlessLoopEndsInOneLine() throws Exception {
    String endless = answer("Auroc").replace("right = 0;", "right = 0; while (right == 0) {}");
    Mark late = isolated(endless, 2);
    assertThat(late.state()).isEqualTo(State.FAILED);
    assertThat(late.text()).contains("it did not end within 2 s", "4 samples");
  }

  @Test
  void whatMisbehavesDoesSoAlone() throws Exception {
    Mark exit = isolated(answer("Auroc").replace("right = 0;", "right = 0; System.exit(0);"), 60);
    assertThat(exit.text()).contains("it ended the whole process");
    String greedy = "right = new long[500][1 << 20].length;";
    Mark memory = isolated(answer("Auroc").replace("right = 0;", greedy), 60);
    assertThat(memory.text()).contains("it needs more memory than 256 MB");
    Mark thrown = isolated(answer("Auroc").replace("right = 0;", "right = scores[99];"), 60);
    assertThat(thrown.text()).contains("ArrayIndexOutOfBoundsException", "at Auroc.java:3");
    String printing = "right = 0; System.out.println(\"so far\");";
    Mark printed = isolated(answer("Auroc").replace("right = 0;", printing), 60);
    assertThat(printed.state()).isEqualTo(State.RIGHT);
    assertThat(printed.printed()).contains("so far");
    Mark other = isolated(answer("Auroc").replace("double[] scores", "float[] scores"), 60);
    assertThat(other.text()).contains("no static method auroc(double[], boolean[])");
  }

  @ParameterizedTest
  @CsvSource({
    "'104, 105, 10'", // "hi" and a new line
    "'0, -1, -1, -1, -1'", // −1 dimensions
    "'0, 127, 127, 127, 127'", // two thousand million dimensions
    "'0, 0, 0, 0, 2, -1, -1, -1, -1, -1, -1, -1, -1'", // −1x−1 values
    "'0, 0, 0, 0, 2, 0, 0, 0, 0, 127, 127, 127, 127'", // 0x2139062143 values
    "'2, 0, 1, -1'" // a text that is not UTF-8
  })
  void strayBytesOnTheStandardOutputFailTheExerciseAlone(String bytes) throws Exception {
    String write =
        "new java.io.FileOutputStream(java.io.FileDescriptor.out).write(new byte[] {"
            + bytes
            + "})";
    Mark mark = isolated(answer("Auroc").replace("right = 0;", "right = 0; " + trying(write)), 60);
    assertThat(mark.state()).isEqualTo(State.FAILED);
    assertThat(mark.text()).contains("it wrote to the standard output of its process");
  }

  /** A child that inherits both streams keeps them open. */
  @Test
  @Timeout(120)
  void whatAStudentStartsIsEndedAndDoesNotKeepTheMarker() throws Exception {
    String start =
        "System.out.println(\"child \" + new ProcessBuilder(\"sleep\", \"600\")"
            + ".inheritIO().start().pid())";
    Mark right = isolated(answer("Auroc").replace("right = 0;", "right = 0; " + trying(start)), 60);
    assertThat(right.state()).as(right.toString()).isEqualTo(State.RIGHT);
    assertThat(children(right)).hasSize(3).noneMatch(MarkerTest::runs);
    String halt = "right = 0; " + trying(start) + " Runtime.getRuntime().halt(0);";
    Mark halted = isolated(answer("Auroc").replace("right = 0;", halt), 60);
    children(halted).forEach(child -> ProcessHandle.of(child).ifPresent(p -> p.destroyForcibly()));
    assertThat(halted.text()).contains("it ended the whole process");
  }

  private static String trying(String statement) {
    return "try { " + statement + "; } catch (java.io.IOException e) { throw new Error(e); }";
  }

  private static List<Long> children(Mark mark) {
    return mark.printed().lines().map(line -> Long.valueOf(line.replace("child ", ""))).toList();
  }

  /** A process that was ended is listed until its parent asks for its status. */
  private static boolean runs(long pid) {
    try {
      return !Files.readString(Path.of("/proc/" + pid + "/stat")).contains(") Z ");
    } catch (IOException e) {
      return false;
    }
  }

  private Mark isolated(String text, int seconds) throws IOException {
    write("Auroc", text);
    try (Marker marker = Marker.of(folder, Duration.ofSeconds(seconds))) {
      return marker.mark("Auroc");
    }
  }

  private static String answer(String name) throws IOException {
    return Files.readString(ANSWERS.resolve(name + ".txt"));
  }

  private void write(String name, String text) throws IOException {
    Files.writeString(folder.resolve(name + ".java"), text);
  }

  /** As the marker does, but in this process, which is quicker. */
  private Mark mark(String name, String text) throws Exception {
    write(name, text);
    Path classes = Files.createDirectory(folder.resolve("classes"));
    Submission submission = Submission.compile(folder, classes);
    assertThat(submission.errors()).isEmpty();
    Exercise exercise = Exercise.of(name);
    String full = Submission.fullName(classes, name).orElseThrow();
    List<Outcome> outcomes = new ArrayList<>();
    try (URLClassLoader loader = new URLClassLoader(new URL[] {classes.toUri().toURL()})) {
      Method method = Attempt.method(exercise, loader.loadClass(full));
      for (Exercise.Case input : exercise.cases()) {
        outcomes.add(Attempt.call(method, input.arguments().get()));
      }
    }
    return Verdict.of(exercise, outcomes, "");
  }

  private static List<Outcome> outcomes(List<Values> values) {
    return values.stream().map(v -> new Outcome(Attempt.Kind.RETURNED, v, null)).toList();
  }
}
