package kintsugi.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The audit catches what it is for: each deliberate fault is put into a copy of one kernel's
 * source, which is compiled and loaded in place of the real one, and the audit of that program must
 * break a bound.
 */
class AuditCatchesFaultsTest {
  private static final Path SOURCES = Path.of("src", "main", "java", "kintsugi");
  private static final Path CLASSES = Path.of("target", "classes");

  @TempDir Path folder;

  /** A text of a source file that stands there once or first, and what is wrong in its place. */
  private record Fault(String what, String file, String right, String wrong, String section) {
    @Override
    public String toString() {
      return what;
    }
  }

  static Stream<Fault> faults() {
    return Stream.of(
        new Fault(
            "convolution: the residual is subtracted",
            "engine/ScalarEngine.java",
            "sums[o] + residual.data()[at + o]",
            "sums[o] - residual.data()[at + o]",
            "convolution"),
        new Fault(
            "convolution: the window is one column off",
            "engine/ScalarEngine.java",
            "x * c.stride() - c.padding(), sums",
            "x * c.stride() - c.padding() + 1, sums",
            "convolution"),
        new Fault(
            "convolution: the filter is transposed",
            "engine/ScalarEngine.java",
            "(kh * filter.width() + kw)",
            "(kw * filter.width() + kh)",
            "convolution"),
        new Fault(
            "convolution: the bias is left out",
            "engine/ScalarEngine.java",
            "System.arraycopy(c.filter().bias().data(), 0, sums, 0, outputs);",
            "Arrays.fill(sums, 0);",
            "convolution"),
        new Fault(
            "max-pool: zeros beyond the edge count",
            "engine/ScalarEngine.java",
            "Arrays.fill(out.data(), Float.NEGATIVE_INFINITY);",
            "Arrays.fill(out.data(), 0);",
            "convolution"),
        new Fault(
            "fast convolution: one product of a tile is lost",
            "engine/Tile4x2.java",
            "b3 = y3.fma(w1, b3);",
            "b3 = y3.fma(w1, y3.mul(w1).neg().add(b3));",
            "convolution"),
        new Fault(
            "Winograd: a sign of the input's transform",
            "engine/Winograd.java",
            "d1.sub(d3).intoArray",
            "d3.sub(d1).intoArray",
            "convolution"),
        new Fault(
            "Winograd: a constant of the output's transform",
            "engine/Winograd.java",
            "wideOdd.mul(8)",
            "wideOdd.mul(4)",
            "convolution"),
        new Fault(
            "Mahalanobis: a sign of the forward substitution",
            "engine/ScalarEngine.java",
            "Math.fma(factor[l], -y[j], rest)",
            "Math.fma(factor[l], y[j], rest)",
            "gaussian"),
        new Fault(
            "Mahalanobis: the distance stays squared",
            "engine/ScalarEngine.java",
            "return (float) Math.sqrt(squares);",
            "return squares;",
            "gaussian"),
        new Fault(
            "covariance: divided by N instead of N − 1",
            "padim/GaussianAccumulator.java",
            "s[i] /= count - 1;",
            "s[i] /= count;",
            "gaussian"),
        new Fault(
            "covariance: no regularisation",
            "padim/GaussianAccumulator.java",
            "s[Gaussians.triangle(i) + i] += epsilon;",
            "s[Gaussians.triangle(i) + i] += 0;",
            "gaussian"),
        new Fault(
            "covariance: Welford's weight is left out",
            "padim/GaussianAccumulator.java",
            "return (double) (count + p) / (count + p + 1);",
            "return 1;",
            "gaussian"),
        new Fault(
            "covariance: merged without the means' distance",
            "padim/GaussianAccumulator.java",
            "double weight = (double) count * other.count / total;",
            "double weight = 0;",
            "gaussian"),
        new Fault(
            "Cholesky: one column short",
            "engine/Cholesky.java",
            "a[row + j] = (a[row + j] - dot(a, row, other, j)) / a[other + j];",
            "a[row + j] = (a[row + j] - dot(a, row, other, j - 1)) / a[other + j];",
            "gaussian"),
        new Fault(
            "Cholesky: the pivot's root is left out",
            "engine/Cholesky.java",
            "a[row + i] = Math.sqrt(pivot);",
            "a[row + i] = pivot;",
            "gaussian"),
        new Fault(
            "nearest rows: the last number is left out",
            "engine/RowBank.java",
            "for (int k = 0; k < length; k++) {",
            "for (int k = 0; k < length - 1; k++) {",
            "bank"),
        new Fault(
            "nearest rows: of equals the later one",
            "engine/RowBank.java",
            "row < index[place]",
            "row > index[place]",
            "bank"),
        new Fault(
            "nearest rows: a sieve that is too fine",
            "engine/VectorRowBank.java",
            "return 2 * (fine + 16) * UNIT_ROUNDOFF * (squares[q] + largestNorm) + underflow;",
            "return -1e-2 * (squares[q] + largestNorm);",
            "bank"),
        new Fault(
            "coreset: the nearest row in place of the farthest",
            "patchcore/KCenterGreedy.java",
            "farthest = distance[i] > distance[farthest] ? i : farthest;",
            "farthest = distance[i] < distance[farthest] ? i : farthest;",
            "bank"),
        new Fault(
            "re-weighting: one minus is left out",
            "patchcore/MemoryBank.java",
            "return 1 - Math.exp(distance[0] - largest) / sum;",
            "return Math.exp(distance[0] - largest) / sum;",
            "bank"),
        new Fault(
            "projection: not scaled by its sparsity",
            "patchcore/RandomProjection.java",
            "case SPARSE -> 4 * Math.log(rows)",
            "case SPARSE -> 2 * Math.log(rows)",
            "bank"),
        new Fault(
            "blur: the border repeats the edge where it should not",
            "engine/Border.java",
            "int period = this == REFLECT ? 2 * length - 2 : 2 * length;",
            "int period = 2 * length;",
            "map"),
        new Fault(
            "blur: twice the variance is halved",
            "scoremap/ScoreMaps.java",
            "Math.exp(-x * x / (2 * sigma * sigma))",
            "Math.exp(-x * x / (sigma * sigma))",
            "map"),
        new Fault(
            "upsampling: corners are aligned",
            "engine/Upsampling.java",
            "double place = (i + 0.5) * in / out - 0.5;",
            "double place = out == 1 ? 0 : i * (in - 1.0) / (out - 1);",
            "map"),
        new Fault(
            "image score: one value too many",
            "scoremap/ImageScore.java",
            "values.length - k, values.length",
            "values.length - k - 1, values.length",
            "map"),
        new Fault(
            "embedding: rows and columns of a layer are exchanged",
            "embedding/PatchEmbedding.java",
            "nearest(y, layer.dim(1), height)",
            "nearest(y, layer.dim(2), height)",
            "embedding"),
        new Fault(
            "embedding: a neighbourhood that is too large",
            "embedding/LocalEmbedding.java",
            "int reach = neighbourhood / 2;",
            "int reach = (neighbourhood + 1) / 2;",
            "embedding"),
        new Fault(
            "batch norm: the mean is added",
            "weights/BatchNorm.java",
            "(bias[c] - mean[c]) * scale",
            "(bias[c] + mean[c]) * scale",
            "embedding"),
        new Fault(
            "input: blue and red are exchanged",
            "image/Preprocessing.java",
            "{0.485f, 0.456f, 0.406f}",
            "{0.406f, 0.456f, 0.485f}",
            "image"),
        new Fault(
            "backbone: the ReLU between two convolutions is left out",
            "backbone/ResNet.java",
            "steps.add(new Step.Convolution(before, in, null, conv1, stride, 1, true));",
            "steps.add(new Step.Convolution(before, in, null, conv1, stride, 1, false));",
            "backbone"),
        new Fault(
            "AUROC: steps in place of trapezoids",
            "metric/RocCurve.java",
            "* (to.truePositiveRate + from.truePositiveRate)\n              / 2;",
            "* from.truePositiveRate;",
            "metric"),
        new Fault(
            "AUPRO: the limit cuts no trapezoid",
            "metric/PixelScores.java",
            "nextX > limit ? (limit - x) / (nextX - x) : 1",
            "1",
            "metric"));
  }

  @ParameterizedTest
  @MethodSource("faults")
  void aFaultBreaksABound(Fault fault) throws Exception {
    Path source = SOURCES.resolve(fault.file);
    String text = Files.readString(source);
    assertThat(text).contains(fault.right);
    int at = text.indexOf(fault.right);
    String changed =
        text.substring(0, at) + fault.wrong + text.substring(at + fault.right.length());
    assertThat(broken(compiled(source, changed), fault.section)).isNotEmpty();
  }

  /** Compiled and loaded in the same way, but unchanged: what the audit finds are the faults. */
  @Test
  void withoutAFaultNoBoundBreaks() throws Exception {
    Path source = SOURCES.resolve("engine/ScalarEngine.java");
    for (String section : List.of("convolution", "gaussian", "bank", "map")) {
      assertThat(broken(compiled(source, Files.readString(source)), section)).isEmpty();
    }
  }

  private Path compiled(Path source, String text) throws IOException {
    Path copy = Files.writeString(folder.resolve(source.getFileName()), text);
    Path out = Files.createDirectories(folder.resolve("classes"));
    int status =
        ToolProvider.findFirst("javac")
            .orElseThrow()
            .run(
                System.out,
                System.err,
                "-d",
                out.toString(),
                "-proc:none",
                "-nowarn",
                "--add-modules",
                "jdk.incubator.vector",
                "-cp",
                CLASSES + File.pathSeparator + libraries(),
                copy.toString());
    assertThat(status).isZero();
    return out;
  }

  private static String libraries() {
    return System.getProperty("jdk.module.path", "")
        + File.pathSeparator
        + System.getProperty("java.class.path");
  }

  /** Loads the project's classes anew, the changed ones first; all others are the test's own. */
  private static final class Anew extends URLClassLoader {
    Anew(Path first) throws IOException {
      super(
          new URL[] {first.toUri().toURL(), CLASSES.toUri().toURL()},
          AuditCatchesFaultsTest.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (!name.startsWith("kintsugi.")) {
        return super.loadClass(name, resolve);
      }
      synchronized (getClassLoadingLock(name)) {
        Class<?> loaded = findLoadedClass(name);
        return loaded == null ? findClass(name) : loaded;
      }
    }
  }

  @SuppressWarnings("unchecked")
  private static List<String> broken(Path first, String section) throws Exception {
    try (Anew loader = new Anew(first)) {
      Method audit =
          loader.loadClass("kintsugi.audit.Audit").getDeclaredMethod("broken", String.class);
      audit.setAccessible(true);
      try {
        return (List<String>) audit.invoke(null, section);
      } catch (InvocationTargetException e) {
        // A fault may be such that the work cannot even be done.
        return List.of(String.valueOf(e.getCause()));
      }
    }
  }
}
