package kintsugi.padim;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import kintsugi.InputException;
import kintsugi.detector.FitHeader;
import kintsugi.detector.InputSize;
import kintsugi.detector.PatchGrid;
import kintsugi.detector.Recipe;
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
  static final String MEAN = "mean";
  private static final String FACTOR = "cholesky_factor";

  /** Positions that lie side by side in files of format 2. */
  private static final int INTERLEAVED = 16;

  /** Faulty positions that are named one by one. */
  private static final int NAMED = 5;

  private PadimTensors() {}

  static Map<String, StoredTensor> of(PatchEmbedding embedding, PreparedGaussians gaussians) {
    int d = gaussians.dimension();
    int positions = gaussians.positions();
    float[] mean = new float[positions * d];
    for (int p = 0; p < positions; p++) {
      System.arraycopy(gaussians.mean(p), 0, mean, p * d, d);
    }
    StoredTensor means = StoredTensor.of(mean, gaussians.height(), gaussians.width(), d);
    return of(embedding, means, factors(gaussians));
  }

  /** The tensors of Gaussians that are in stored form already. */
  static Map<String, StoredTensor> of(
      PatchEmbedding embedding, StoredTensor mean, StoredTensor factors) {
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    tensors.put(CHANNELS, StoredTensor.of(embedding.channels(), embedding.dimension()));
    tensors.put(MEAN, mean);
    tensors.put(FACTOR, factors);
    return tensors;
  }

  private static StoredTensor factors(PreparedGaussians gaussians) {
    int length = Gaussians.triangle(gaussians.dimension());
    long bytes = requireStorable(gaussians.positions(), length);
    ByteBuffer buffer = ByteBuffer.allocate((int) bytes).order(ByteOrder.LITTLE_ENDIAN);
    FloatBuffer floats = buffer.asFloatBuffer();
    for (int p = 0; p < gaussians.positions(); p++) {
      floats.put(gaussians.factor(p));
    }
    return new StoredTensor(
        StoredTensor.Type.F32, new long[] {gaussians.positions(), length}, buffer);
  }

  /**
   * {@return the bytes of all factors}
   *
   * @throws InputException if they are more than a tensor of a model file has
   */
  static long requireStorable(long positions, long length) {
    long bytes = positions * length * Float.BYTES;
    if (bytes > Integer.MAX_VALUE) {
      throw new InputException(
          "the factors take "
              + bytes
              + " bytes where a tensor of a model file has at most "
              + Integer.MAX_VALUE
              + "; draw fewer channels (channels), or make the images smaller (resize)");
    }
    return bytes;
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
    PadimRecipe recipe = (PadimRecipe) header.recipe();
    PatchEmbedding embedding = embedding(session, recipe, tensors);
    int d = embedding.dimension();
    Recipe.require(summary.channels() == d, "its summary has other channels than its tensors");
    Recipe.require(
        summary.images() >= 2 || summary.isAdopted(),
        "its summary has " + summary.images() + " images");
    Gaussians gaussians = tensors.containsKey(FACTOR) ? plain(d, tensors) : interleaved(d, tensors);
    PatchGrid grid = requireGrid(session, header, gaussians.height(), gaussians.width());
    requirePositiveDiagonals(gaussians);
    return new PadimDetector(
        session,
        recipe,
        header.inputSize(),
        embedding,
        TileGaussians.of(session.engine(), gaussians, grid.tiles()),
        PositionCounts.storedIn(
            tensors,
            samples(recipe, header.inputSize(), summary, gaussians.height(), gaussians.width()),
            gaussians.height(),
            gaussians.width()),
        summary);
  }

  /** How many samples each position has, if all images showed it. */
  static long samples(
      PadimRecipe recipe, InputSize size, CovarianceSummary summary, int height, int width) {
    return summary.isAdopted()
        ? PositionCounts.NEEDED
        : summary.images() * PadimFit.window(recipe, size, height, width);
  }

  /**
   * The embedding that a model or a partial fit stored.
   *
   * @throws IllegalArgumentException if its channels are not as many as the recipe draws, or one is
   *     beyond those of the layers
   */
  static PatchEmbedding embedding(
      Session session, PadimRecipe recipe, Map<String, StoredTensor> tensors) {
    StoredTensor stored = StoredTensor.of(tensors, CHANNELS, 1);
    int available = session.channels(recipe.taps()).values().stream().mapToInt(n -> n).sum();
    int drawn = recipe.draw().count().orElse(available);
    Recipe.require(
        stored.type() == StoredTensor.Type.I32 && stored.count() == drawn,
        "its tensor " + CHANNELS + " does not hold " + drawn + " integers");
    for (int channel : stored.ints()) {
      Recipe.require(
          channel >= 0 && channel < available,
          "its tensor " + CHANNELS + " has " + channel + " where the taps have " + available);
    }
    return new PatchEmbedding(recipe.taps(), stored.ints(), recipe.layers());
  }

  /**
   * Requires the grid of patches that the recipe's finest layer has at the input size, in all
   * tiles.
   *
   * @return the grid
   * @throws IllegalArgumentException if it is another
   */
  static PatchGrid requireGrid(Session session, FitHeader header, int height, int width) {
    PatchGrid grid = session.patches(header.recipe(), header.inputSize());
    Recipe.require(
        grid.rows() == height && grid.width() == width,
        String.format(
            Locale.ROOT,
            "its tensor %s has %dx%d patches where %s has %dx%d at %s",
            MEAN,
            width,
            height,
            header.recipe().taps().getFirst(),
            grid.width(),
            grid.rows(),
            header.inputSize()));
    return grid;
  }

  /** A factor's diagonal has roots of variances, which epsilon keeps above 0. */
  private static void requirePositiveDiagonals(Gaussians gaussians) {
    for (int position = 0; position < gaussians.positions(); position++) {
      for (int i = 0; i < gaussians.dimension(); i++) {
        float value = gaussians.factor()[position][Gaussians.triangle(i) + i];
        // The message is made where it is needed: there are 300 000 values.
        if (!(value > 0)) {
          throw new IllegalArgumentException(
              "its tensor "
                  + FACTOR
                  + " has "
                  + value
                  + " on the diagonal at position "
                  + position
                  + ", where it is above 0");
        }
      }
    }
  }

  /** Faults of a model's factors: a diagonal that is not above 0, by position. */
  static List<String> check(Map<String, StoredTensor> tensors) {
    List<String> faults = new ArrayList<>();
    if (!tensors.containsKey(FACTOR)) {
      return faults;
    }
    StoredTensor factor = StoredTensor.of(tensors, FACTOR, 2);
    int length = Math.toIntExact(factor.shape()[1]);
    int d = (int) Math.sqrt(2.0 * length);
    Recipe.require(
        Gaussians.triangle(d) == length,
        "its tensor " + FACTOR + " has rows of " + length + " values, which are not triangles");
    int wrong = 0;
    for (int i = 0; i < factor.shape()[0]; i++) {
      String fault = fault(factor, i, d);
      wrong += fault == null ? 0 : 1;
      if (fault != null && wrong <= NAMED) {
        faults.add(fault);
      }
    }
    if (wrong > NAMED) {
      faults.add("its tensor " + FACTOR + " has " + (wrong - NAMED) + " more such positions");
    }
    return faults;
  }

  private static String fault(StoredTensor factor, int position, int d) {
    for (int i = 0; i < d; i++) {
      double value = factor.get(position * Gaussians.triangle(d) + Gaussians.triangle(i) + i);
      if (!(value > 0)) {
        return "its tensor "
            + FACTOR
            + " has "
            + value
            + " on the diagonal at position "
            + position
            + ", where it is above 0";
      }
    }
    return null;
  }

  private static Gaussians plain(int d, Map<String, StoredTensor> tensors) {
    StoredTensor mean = StoredTensor.of(tensors, MEAN, 3);
    int height = Math.toIntExact(mean.shape()[0]);
    int width = Math.toIntExact(mean.shape()[1]);
    StoredTensor factor = StoredTensor.of(tensors, FACTOR, 2);
    int length = Gaussians.triangle(d);
    if (factor.type() != StoredTensor.Type.F32
        || factor.shape()[0] != (long) height * width
        || factor.shape()[1] != length) {
      throw new IllegalArgumentException(
          "its " + FACTOR + " has another type or shape than its mean and channels ask for");
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
    int groups = Math.ceilDiv(positions, INTERLEAVED);
    int length = Gaussians.triangle(d);
    float[] means = StoredTensor.of(tensors, MEAN, 3).floats();
    if (means.length != (long) groups * INTERLEAVED * d) {
      throw new IllegalArgumentException("its mean has another size than its grid");
    }
    requireGroups(tensors, groups, length);
    float[] mean = new float[Math.multiplyExact(positions, d)];
    float[][] factor = new float[positions][length];
    for (int first = 0; first < positions; first += INTERLEAVED) {
      int group = first / INTERLEAVED;
      float[] factors = StoredTensor.of(tensors, FACTOR + "." + group, 2).floats();
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

  /** Before anything of the sizes that the metadata claims is allocated. */
  private static void requireGroups(Map<String, StoredTensor> tensors, int groups, int length) {
    for (int group = 0; group < groups; group++) {
      if (StoredTensor.of(tensors, FACTOR + "." + group, 2).count()
          != (long) length * INTERLEAVED) {
        throw new IllegalArgumentException("its factors have another size than its channels");
      }
    }
  }
}
