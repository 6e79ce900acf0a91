package kintsugi.padim;

import java.util.Arrays;
import java.util.Map;
import kintsugi.detector.FitHeader;
import kintsugi.detector.InputSize;
import kintsugi.detector.PatchGrid;
import kintsugi.detector.Recipe;
import kintsugi.detector.Session;
import kintsugi.engine.Engine;
import kintsugi.engine.Gaussians;
import kintsugi.weights.StoredTensor;
import org.apache.commons.math3.stat.descriptive.rank.Median;

/**
 * Gaussians of another program, which kept the inverse {@code P} of each covariance. The distance
 * {@code √(δᵀ·P·δ)} has to stay the same, so the covariance itself is never formed: with the order
 * of the channels reversed, Cholesky's factor of {@code P} is an upper triangular {@code U} with
 * {@code P = U·Uᵀ}, and {@code L = U⁻ᵀ} is lower triangular with {@code ‖L⁻¹·δ‖² = δᵀ·P·δ}. All of
 * it is computed in fp64; {@code L} is rounded to fp32, as every model's is, which changes a
 * distance by some 1e-7 of its value. Where the other program kept {@code L⁻¹}, that is {@code Uᵀ}.
 */
final class AdoptedGaussians {
  private static final String INVERSE = "inverse_covariance";
  private static final String FACTOR = "inverse_factor_transposed";

  private final Engine engine;
  private final int d;
  private final StoredTensor inverses;
  private final boolean factored;
  private final float[][] factors;
  private final double[] conditions;

  private AdoptedGaussians(Engine engine, StoredTensor inverses, boolean factored) {
    this.engine = engine;
    this.factored = factored;
    this.inverses = inverses;
    this.d = Math.toIntExact(inverses.shape()[1]);
    int positions = Math.toIntExact(inverses.shape()[0]);
    this.factors = new float[positions][];
    this.conditions = new double[positions];
  }

  /**
   * The detector of {@code channels [D]}, {@code mean [D, P]}, and {@code inverse_covariance} or
   * {@code inverse_factor_transposed [P, D, D]}.
   */
  static PadimDetector read(
      Session session, PadimRecipe recipe, InputSize size, Map<String, StoredTensor> fitted) {
    FitHeader header = new FitHeader(recipe, size, 0, session.weights().fingerprint());
    PatchEmbedding embedding = PadimTensors.embedding(session, recipe, fitted);
    int d = embedding.dimension();
    PatchGrid grid = session.patches(recipe, size);
    int positions = grid.rows() * grid.width();
    StoredTensor mean = required(fitted, PadimTensors.MEAN, d, positions);
    boolean factored = fitted.containsKey(FACTOR);
    StoredTensor inverses = required(fitted, factored ? FACTOR : INVERSE, positions, d, d);
    PadimTensors.requireStorable(positions, Gaussians.triangle(d));
    AdoptedGaussians adopted = new AdoptedGaussians(session.engine(), inverses, factored);
    session.parallel().forEach(positions, adopted::factor);
    Gaussians gaussians =
        new Gaussians(grid.rows(), grid.width(), d, mean.transposed().floats(), adopted.factors);
    CovarianceSummary summary = adopted.summary(grid.width());
    return new PadimDetector(
        session,
        recipe,
        header.inputSize(),
        embedding,
        TileGaussians.of(session.engine(), gaussians, grid.tiles()),
        PositionCounts.of(positions, PositionCounts.NEEDED),
        summary);
  }

  private static StoredTensor required(
      Map<String, StoredTensor> fitted, String name, long... shape) {
    StoredTensor tensor = StoredTensor.of(fitted, name, shape.length);
    Recipe.require(
        Arrays.equals(tensor.shape(), shape),
        "its "
            + name
            + " has shape "
            + Arrays.toString(tensor.shape())
            + " where the input size, the layers and the channels ask for "
            + Arrays.toString(shape));
    int place = tensor.firstNotFinite();
    Recipe.require(place < 0, "its " + name + " has a value that is not finite at " + place);
    return tensor;
  }

  private void factor(int position) {
    double[] c = factored ? mirrored(position) : null;
    double[] reversed = factored ? product(c) : reversed(position);
    double norm = Cholesky.norm1(reversed, d);
    if (c == null) {
      c = reversed;
      int row = engine.factor(c, d);
      Recipe.require(
          row == d,
          "its "
              + INVERSE
              + " at position "
              + position
              + " is not positive definite, pivot "
              + row);
    }
    conditions[position] = norm * Cholesky.inverseNorm1(c, d);
    factors[position] = inverted(c);
  }

  /**
   * The factor of the reversed {@code P}: its element {@code (D−1−j, D−1−i)} is {@code L⁻¹(i, j)}.
   */
  private double[] mirrored(int position) {
    int first = position * d * d;
    double[] c = new double[Gaussians.triangle(d)];
    for (int row = 0; row < d; row++) {
      for (int column = 0; column < d; column++) {
        double value = inverses.get(first + row * d + column);
        Recipe.require(
            column > row || (column == row ? value > 0 : value == 0),
            "its "
                + FACTOR
                + " at position "
                + position
                + " is not triangular with a positive diagonal");
        if (column >= row) {
          c[Gaussians.triangle(d - 1 - row) + d - 1 - column] = value;
        }
      }
    }
    return c;
  }

  /** {@code C·Cᵀ}. */
  private double[] product(double[] c) {
    double[] product = new double[c.length];
    for (int i = 0; i < d; i++) {
      int row = Gaussians.triangle(i);
      for (int j = 0; j <= i; j++) {
        int other = Gaussians.triangle(j);
        for (int k = 0; k <= j; k++) {
          product[row + j] += c[row + k] * c[other + k];
        }
      }
    }
    return product;
  }

  /** The lower triangle of the symmetric part of {@code P}, rows and columns from the last on. */
  private double[] reversed(int position) {
    int first = position * d * d;
    double[] triangle = new double[Gaussians.triangle(d)];
    for (int i = 0; i < d; i++) {
      for (int j = 0; j <= i; j++) {
        int a = d - 1 - i;
        int b = d - 1 - j;
        triangle[Gaussians.triangle(i) + j] =
            (inverses.get(first + a * d + b) + inverses.get(first + b * d + a)) / 2;
      }
    }
    return triangle;
  }

  /**
   * {@code L = W⁻¹} with {@code W = Uᵀ}, which is the factor of the reversed matrix mirrored at its
   * other diagonal: {@code W(i, j) = C(D−1−j, D−1−i)}. Row by row, {@code L(i, ·) = (e_i − Σ_{k<i}
   * W(i, k)·L(k, ·)) / W(i, i)}.
   */
  private float[] inverted(double[] c) {
    double[] l = new double[c.length];
    for (int i = 0; i < d; i++) {
      int row = Gaussians.triangle(i);
      double pivot = c[Gaussians.triangle(d - 1 - i) + d - 1 - i];
      for (int k = 0; k < i; k++) {
        double w = c[Gaussians.triangle(d - 1 - k) + d - 1 - i];
        int other = Gaussians.triangle(k);
        for (int j = 0; j <= k; j++) {
          l[row + j] -= w * l[other + j];
        }
      }
      for (int j = 0; j < i; j++) {
        l[row + j] /= pivot;
      }
      l[row + i] = 1 / pivot;
    }
    float[] rounded = new float[l.length];
    for (int i = 0; i < l.length; i++) {
      rounded[i] = (float) l[i];
    }
    return rounded;
  }

  private CovarianceSummary summary(int width) {
    int maximum = 0;
    for (int i = 1; i < conditions.length; i++) {
      maximum = conditions[i] > conditions[maximum] ? i : maximum;
    }
    double median = new Median().evaluate(conditions);
    return new CovarianceSummary(
        0, d, median, conditions[maximum], maximum / width, maximum % width, 0, 0, 0);
  }
}
