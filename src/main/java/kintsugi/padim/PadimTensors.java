package kintsugi.padim;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import kintsugi.InputException;
import kintsugi.detector.FitHeader;
import kintsugi.detector.Session;
import kintsugi.engine.Gaussians;
import kintsugi.engine.PreparedGaussians;
import kintsugi.weights.StoredTensor;

/**
 * The tensors of a PaDiM model file, plain and row by row: {@code channels [D]}, {@code mean [H, W,
 * D]} and {@code cholesky_factor [H·W, D(D+1)/2]}.
 */
final class PadimTensors {
  static final String CHANNELS = "channels";
  private static final String MEAN = "mean";
  private static final String FACTOR = "cholesky_factor";

  /** Positions that lie side by side in files of format 2. */
  private static final int INTERLEAVED = 16;

  private PadimTensors() {}

  static Map<String, StoredTensor> of(PatchEmbedding embedding, PreparedGaussians gaussians) {
    int d = gaussians.dimension();
    int positions = gaussians.positions();
    float[] mean = new float[positions * d];
    for (int p = 0; p < positions; p++) {
      System.arraycopy(gaussians.mean(p), 0, mean, p * d, d);
    }
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    tensors.put(CHANNELS, StoredTensor.of(embedding.channels(), d));
    tensors.put(MEAN, StoredTensor.of(mean, gaussians.height(), gaussians.width(), d));
    tensors.put(FACTOR, factors(gaussians));
    return tensors;
  }

  private static StoredTensor factors(PreparedGaussians gaussians) {
    int length = Gaussians.triangle(gaussians.dimension());
    long bytes = (long) gaussians.positions() * length * Float.BYTES;
    if (bytes > Integer.MAX_VALUE) {
      throw new InputException(
          "the factors take "
              + bytes
              + " bytes where a tensor of a model file has at most "
              + Integer.MAX_VALUE
              + "; draw fewer channels (channels), or make the images smaller (resize)");
    }
    ByteBuffer buffer = ByteBuffer.allocate((int) bytes).order(ByteOrder.LITTLE_ENDIAN);
    FloatBuffer floats = buffer.asFloatBuffer();
    for (int p = 0; p < gaussians.positions(); p++) {
      floats.put(gaussians.factor(p));
    }
    return new StoredTensor(
        StoredTensor.Type.F32, new long[] {gaussians.positions(), length}, buffer);
  }

  /**
   * The detector that {@link #of} stored.
   *
   * @throws IllegalArgumentException if the tensors are not those of a PaDiM model
   */
  static PadimDetector read(
      Session session,
      FitHeader header,
      CovarianceSummary summary,
      Map<String, StoredTensor> tensors) {
    int[] channels = StoredTensor.of(tensors, CHANNELS, 1).ints();
    Gaussians gaussians =
        tensors.containsKey(FACTOR)
            ? plain(channels.length, tensors)
            : interleaved(channels.length, tensors);
    PadimRecipe recipe = (PadimRecipe) header.recipe();
    return new PadimDetector(
        session,
        recipe,
        header.inputSize(),
        new PatchEmbedding(recipe.taps(), channels),
        session.engine().prepare(gaussians),
        summary);
  }

  private static Gaussians plain(int d, Map<String, StoredTensor> tensors) {
    StoredTensor mean = StoredTensor.of(tensors, MEAN, 3);
    int height = Math.toIntExact(mean.shape()[0]);
    int width = Math.toIntExact(mean.shape()[1]);
    StoredTensor factor = StoredTensor.of(tensors, FACTOR, 2);
    int length = Gaussians.triangle(d);
    if (factor.shape()[0] != (long) height * width || factor.shape()[1] != length) {
      throw new IllegalArgumentException(
          "its " + FACTOR + " has another shape than its mean and channels ask for");
    }
    FloatBuffer floats =
        factor.bytes().duplicate().order(ByteOrder.LITTLE_ENDIAN).clear().asFloatBuffer();
    float[][] rows = new float[height * width][length];
    for (float[] row : rows) {
      floats.get(row);
    }
    return new Gaussians(height, width, d, mean.floats(), rows);
  }

  /**
   * The Gaussians of format 2: sixteen positions interleaved, {@code mean [groups, D, 16]} and
   * {@code cholesky_factor.G [D(D+1)/2, 16]} per group G.
   */
  private static Gaussians interleaved(int d, Map<String, StoredTensor> tensors) {
    int[] grid = StoredTensor.of(tensors, "grid", 1).ints();
    if (grid.length != 2 || grid[0] < 1 || grid[1] < 1) {
      throw new IllegalArgumentException("its grid is not a height and a width");
    }
    int positions = Math.multiplyExact(grid[0], grid[1]);
    int length = Gaussians.triangle(d);
    float[] means = StoredTensor.of(tensors, MEAN, 3).floats();
    float[] mean = new float[Math.multiplyExact(positions, d)];
    if (means.length != Math.ceilDiv(positions, INTERLEAVED) * INTERLEAVED * d) {
      throw new IllegalArgumentException("its mean has another size than its grid");
    }
    float[][] factor = new float[positions][length];
    for (int first = 0; first < positions; first += INTERLEAVED) {
      int group = first / INTERLEAVED;
      float[] factors = StoredTensor.of(tensors, FACTOR + "." + group, 2).floats();
      if (factors.length != length * INTERLEAVED) {
        throw new IllegalArgumentException("its factors have another size than its channels");
      }
      for (int p = first; p < Math.min(first + INTERLEAVED, positions); p++) {
        int lane = p - first;
        for (int i = 0; i < d; i++) {
          mean[p * d + i] = means[(group * d + i) * INTERLEAVED + lane];
        }
        for (int i = 0; i < length; i++) {
          factor[p][i] = factors[i * INTERLEAVED + lane];
        }
      }
    }
    return new Gaussians(grid[0], grid[1], d, mean, factor);
  }
}
