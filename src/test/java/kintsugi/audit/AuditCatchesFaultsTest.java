package kintsugi.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The audit finds faults: each deliberate one is put into a copy of one kernel's source, which is
 * compiled and loaded in place of the real one, and the audit of that program must break a bound.
 */
class AuditCatchesFaultsTest {
  private static final Path SOURCES = Path.of("src", "main", "java", "kintsugi");

  /** The classes under audit, in the folder or jar that they were loaded from. */
  private static final URL CLASSES =
      Audit.class.getProtectionDomain().getCodeSource().getLocation();

  /** Whether the micro-kernel of the large tile runs here, as the vector engine has it. */
  private static final boolean MANY_REGISTERS =
      FloatVector.SPECIES_PREFERRED.vectorBitSize() >= 512
          || System.getProperty("os.arch").equals("aarch64");

  @TempDir Path folder;

  /** A text of a source file, of which the first is replaced, and the fault in its place. */
  private record Fault(String name, String file, String right, String wrong, String section) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Fault> faults() {
    return Stream.of(
        new Fault(
            "convolution: the residual is subtracted",
            "engine/scalar/ScalarNetwork.java",
            "sums[o] + residual.data()[at + o]",
            "sums[o] - residual.data()[at + o]",
            "convolution"),
        new Fault(
            "convolution: the window is one column off",
            "engine/scalar/ScalarNetwork.java",
            "x * c.stride() - c.padding(), sums",
            "x * c.stride() - c.padding() + 1, sums",
            "convolution"),
        new Fault(
            "convolution: the kernel is transposed",
            "engine/scalar/ScalarNetwork.java",
            "(kh * filter.width() + kw)",
            "(kw * filter.width() + kh)",
            "convolution"),
        new Fault(
            "convolution: the bias is left out",
            "engine/scalar/ScalarNetwork.java",
            "System.arraycopy(c.filter().bias().data(), 0, sums, 0, outputs);",
            "Arrays.fill(sums, 0);",
            "convolution"),
        new Fault(
            "max-pool: zeros beyond the edge count",
            "engine/scalar/ScalarNetwork.java",
            "Arrays.fill(out.data(), Float.NEGATIVE_INFINITY);",
            "Arrays.fill(out.data(), 0);",
            "convolution"),
        new Fault(
            "vector convolution: one product of a tile is lost",
            "engine/vector/" + (MANY_REGISTERS ? "Tile8x2.java" : "Tile4x2.java"),
            "b3 = y3.fma(w1, b3);",
            "b3 = b3.add(0f);",
            "convolution"),
        new Fault(
            "Winograd: a sign of the input's transform",
            "engine/vector/WinogradF2.java",
            "d1.sub(d3).intoArray",
            "d3.sub(d1).intoArray",
            "convolution"),
        new Fault(
            "Winograd: a constant of the output's transform",
            "engine/vector/WinogradF4.java",
            "wideOdd.fma(eight, odd)",
            "wideOdd.fma(four, odd)",
            "convolution"),
        new Fault(
            "Mahalanobis: a sign of the forward substitution",
            "engine/scalar/ScalarGaussians.java",
            "Math.fma(l[row + j], -y[j], rest)",
            "Math.fma(l[row + j], y[j], rest)",
            "gaussian"),
        new Fault(
            "Mahalanobis: the distance stays squared",
            "engine/scalar/ScalarGaussians.java",
            "return (float) Math.sqrt(squares);",
            "return squares;",
            "gaussian"),
        new Fault(
            "Gaussians: the packed factors of a group are not interleaved",
            "engine/vector/PackedGaussians.java",
            "interleaved[i * GROUP + lane] = row[i];",
            "interleaved[lane * row.length + i] = row[i];",
            "gaussian"),
        new Fault(
            "Gaussians: another position's mean",
            "engine/vector/Substitution.java",
            "int mu = (position + lane) * d;",
            "int mu = position * d;",
            "gaussian"),
        new Fault(
            "Gaussians: a factor is read back from another lane",
            "engine/vector/PackedGaussians.java",
            "factor[i] = group[i * GROUP + position % GROUP];",
            "factor[i] = group[i * GROUP];",
            "gaussian"),
        new Fault(
            "covariance: divided by N instead of N − 1",
            "padim/GaussianSums.java",
            "/ (count - 1);",
            "/ count;",
            "gaussian"),
        new Fault(
            "covariance: no regularisation",
            "padim/GaussianSums.java",
            "s[row + i] += epsilon;",
            "s[row + i] += 0;",
            "gaussian"),
        new Fault(
            "covariance: the mean is not subtracted",
            "padim/GaussianSums.java",
            "(product - sum * mean[j])",
            "product",
            "gaussian"),
        new Fault(
            "covariance: the other's sum of values is left out of a merged one",
            "padim/GaussianSums.java",
            "add(others.sums[other], sums[position]);",
            "",
            "gaussian"),
        new Fault(
            "Cholesky: one column short",
            "padim/Cholesky.java",
            "a[row + j] = (a[row + j] - dot(a, row, other, j)) / a[other + j];",
            "a[row + j] = (a[row + j] - dot(a, row, other, j - 1)) / a[other + j];",
            "gaussian"),
        new Fault(
            "Cholesky: the pivot's root is left out",
            "padim/Cholesky.java",
            "a[row + i] = Math.sqrt(pivot);",
            "a[row + i] = pivot;",
            "gaussian"),
        new Fault(
            "Cholesky by vectors: a sign of a product",
            "engine/vector/CholeskyPanels.java",
            "s31 = s31.add(x1.mul(y3));",
            "s31 = s31.sub(x1.mul(y3));",
            "gaussian"),
        new Fault(
            "covariance by vectors: products with another row's element",
            "engine/vector/TriangleProducts.java",
            "s31 = s31.add(y1.fma(x3, rounder)",
            "s31 = s31.add(y1.fma(x2, rounder)",
            "gaussian"),
        new Fault(
            "nearest rows: the last element is left out",
            "engine/NeighborIndex.java",
            "for (int k = 0; k < length; k++) {",
            "for (int k = 0; k < length - 1; k++) {",
            "bank"),
        new Fault(
            "nearest rows: of equals the later one",
            "engine/NeighborIndex.java",
            "row < index[place]",
            "row > index[place]",
            "bank"),
        new Fault(
            "nearest rows: a sieve that is too fine",
            "engine/vector/PackedRows.java",
            "return slack * (square + maxNorm) + underflow;",
            "return -1e-2 * (square + maxNorm);",
            "bank"),
        new Fault(
            "coreset: the nearest row in place of the farthest",
            "patchcore/Candidates.java",
            "farthest = distance[i] > distance[farthest] ? i : farthest;",
            "farthest = distance[i] < distance[farthest] ? i : farthest;",
            "bank"),
        new Fault(
            "re-weighting: one minus is left out",
            "patchcore/MemoryBank.java",
            "return 1 - StrictMath.exp(distance[0] - maximum) / sum;",
            "return StrictMath.exp(distance[0] - maximum) / sum;",
            "bank"),
        new Fault(
            "projection: half of Johnson and Lindenstrauss's directions",
            "patchcore/RandomProjection.java",
            "case SPARSE -> 4 * StrictMath.log(rows)",
            "case SPARSE -> 2 * StrictMath.log(rows)",
            "bank"),
        new Fault(
            "projection: not scaled by its sparsity",
            "patchcore/RandomProjection.java",
            "(float) (Math.sqrt(1 / density) / Math.sqrt(directions))",
            "(float) (1 / Math.sqrt(directions))",
            "bank"),
        new Fault(
            "blur: the border repeats the edge where it should not",
            "engine/Border.java",
            "2 * length - (this == REFLECT ? 2 : 1) - within",
            "2 * length - 1 - within",
            "map"),
        new Fault(
            "blur: twice the variance is halved",
            "scoremap/ScoreMaps.java",
            "StrictMath.exp(-x * x / (2 * sigma * sigma))",
            "StrictMath.exp(-x * x / (sigma * sigma))",
            "map"),
        new Fault(
            "upsampling: corners are aligned",
            "engine/Upsampling.java",
            "double centre = (i + 0.5) * in / out - 0.5;",
            "double centre = out == 1 ? 0 : i * (in - 1.0) / (out - 1);",
            "map"),
        new Fault(
            "image score: one value too many",
            "scoremap/ImageScore.java",
            "values.length - count, values.length",
            "values.length - count - 1, values.length",
            "map"),
        new Fault(
            "embedding: a layer's columns are as many as its rows",
            "padim/PatchEmbedding.java",
            "nearest(x, layer.dim(2), width)",
            "nearest(x, layer.dim(1), width)",
            "embedding"),
        new Fault(
            "embedding: a neighbourhood that is too large",
            "detector/LocalMean.java",
            "int reach = side / 2;",
            "int reach = (side + 1) / 2;",
            "embedding"),
        new Fault(
            "embedding: a layer's mean length is that of its columns",
            "detector/LayerScale.java",
            "divide(vectors, p, sum / positions);",
            "divide(vectors, p, sum / layer.dim(1));",
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
            "layers.add(new Layer.Convolution(before, in, null, conv1, stride, 1, true));",
            "layers.add(new Layer.Convolution(before, in, null, conv1, stride, 1, false));",
            "backbone"),
        new Fault(
            "recipe: epsilon is added twice",
            "padim/PadimFit.java",
            "seen.finish(recipe.covariance().epsilon(), ",
            "seen.finish(2 * recipe.covariance().epsilon(), ",
            "recipe"),
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

  /** Compiled and loaded in the same way, but unchanged: the audit finds the faults alone. */
  @Test
  void withoutAFaultNoBoundBreaks() throws Exception {
    Path source = SOURCES.resolve("engine/scalar/ScalarNetwork.java");
    for (String section : List.of("convolution", "gaussian", "bank", "map")) {
      assertThat(broken(compiled(source, Files.readString(source)), section)).isEmpty();
    }
  }

  private Path compiled(Path source, String text) throws IOException, URISyntaxException {
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
                Path.of(CLASSES.toURI()) + File.pathSeparator + libraries(),
                copy.toString());
    assertThat(status).isZero();
    return out;
  }

  private static String libraries() {
    return System.getProperty("jdk.module.path", "")
        + File.pathSeparator
        + System.getProperty("java.class.path");
  }

  /**
   * Loads the project and its libraries anew, the changed classes first. The JDK alone is shared: a
   * module that holds the project would offer its own engines to the copy.
   */
  private static final class Anew extends URLClassLoader {
    Anew(URL[] urls) {
      super(urls, ClassLoader.getPlatformClassLoader());
    }

    static Anew of(Path first) throws IOException {
      List<URL> urls = new ArrayList<>(List.of(first.toUri().toURL(), CLASSES));
      for (String library : libraries().split(File.pathSeparator)) {
        if (library.endsWith(".jar")) {
          urls.add(Path.of(library).toUri().toURL());
        }
      }
      return new Anew(urls.toArray(URL[]::new));
    }

    /** The platform's loader knows the modules of the application; the copy comes before them. */
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
    try (Anew loader = Anew.of(first)) {
      Method audit =
          loader.loadClass("kintsugi.audit.Audit").getDeclaredMethod("broken", String.class);
      audit.setAccessible(true);
      try {
        return (List<String>) audit.invoke(null, section);
      } catch (InvocationTargetException e) {
        if (e.getCause() instanceof LinkageError
            || e.getCause() instanceof ServiceConfigurationError) {
          throw e;
        }
        // A fault may be such that the work cannot even be done.
        return List.of(String.valueOf(e.getCause()));
      }
    }
  }
}
