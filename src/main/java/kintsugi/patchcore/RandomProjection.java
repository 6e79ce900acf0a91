package kintsugi.patchcore;

import java.io.Serializable;
import java.math.BigDecimal;
import java.util.Random;
import kintsugi.engine.Parallel;
import kintsugi.engine.RowMatrix;
import kintsugi.tensor.Tensor;

/**
 * A random projection: rows are compared along random directions in place of all their elements.
 * Written {@code none}, {@code sparse:0.9} or {@code dense:128}.
 *
 * <p>{@code sparse:ε} has as many directions as Johnson and Lindenstrauss ask for, {@code
 * 4·ln(N)/(ε²/2 − ε³/3)}, and of {@code D} weights per direction {@code √D} that are {@code
 * ±√√D/√m} (Li, Hastie, Church, <i>Very sparse random projections</i>, 2006), as scikit-learn has
 * it. {@code dense:m} is torch's untrained linear layer: uniform in {@code ±1/√D}.
 *
 * @param kind which
 * @param value its ε or its directions
 */
public record RandomProjection(Kind kind, double value) implements Serializable {

  /** The kinds of projections. */
  public enum Kind {
    /** All elements as they are. */
    NONE,

    /** Few of the weights are not zero. */
    SPARSE,

    /** Every weight is drawn. */
    DENSE
  }

  /** The rows as they are. */
  public static final RandomProjection NONE = new RandomProjection(Kind.NONE, 0);

  /**
   * {@return a projection that keeps distances within a relative error}
   *
   * @param epsilon the error, above 0 and below 1
   * @throws IllegalArgumentException if it is out of range
   */
  public static RandomProjection sparse(double epsilon) {
    if (!(epsilon > 0 && epsilon < 1)) {
      throw new IllegalArgumentException(
          "a sparse projection's error is above 0 and below 1, not " + epsilon);
    }
    return new RandomProjection(Kind.SPARSE, epsilon);
  }

  /**
   * {@return a projection to a number of directions}
   *
   * @param directions how many, at least 1; of more than a row has elements, as many as those
   * @throws IllegalArgumentException if it is below 1
   */
  public static RandomProjection dense(int directions) {
    if (directions < 1) {
      throw new IllegalArgumentException(
          "a dense projection has at least 1 direction, not " + directions);
    }
    return new RandomProjection(Kind.DENSE, directions);
  }

  /**
   * {@return how many directions rows of a length are projected to, at most that length}
   *
   * @param rows how many rows
   * @param length elements of a row
   */
  public int directions(long rows, int length) {
    double wanted =
        switch (kind) {
          case NONE -> length;
          case SPARSE -> 4 * StrictMath.log(rows) / (value * value / 2 - value * value * value / 3);
          case DENSE -> value;
        };
    return (int) Math.clamp(wanted, 1, length);
  }

  /**
   * Projects rows.
   *
   * @param rows the rows
   * @param seed fixes the directions
   * @param to receives the projected rows, of {@link #directions} elements
   * @param parallel the threads
   */
  public void apply(RowMatrix rows, long seed, RowMatrix to, Parallel parallel) {
    int length = rows.length();
    int directions = to.length();
    float[] weights = weights(length, directions, new Random(seed));
    parallel.forEach(
        rows.count(),
        r -> {
          float[] row = new float[length];
          float[] projected = new float[directions];
          rows.read(r, 1, row, 0);
          for (int k = 0; k < length; k++) {
            for (int m = 0; m < directions; m++) {
              projected[m] += row[k] * weights[k * directions + m];
            }
          }
          to.write(r, 1, projected, 0);
        });
  }

  /**
   * {@return rows projected, or themselves where there is no projection}
   *
   * @param rows {@code [N, D]}
   * @param seed fixes the directions
   * @param directions how many
   * @param parallel the threads
   */
  public Tensor apply(Tensor rows, long seed, int directions, Parallel parallel) {
    if (kind == Kind.NONE) {
      return rows;
    }
    Tensor projected = Tensor.zeros(rows.dim(0), directions);
    apply(RowMatrix.of(rows), seed, RowMatrix.of(projected), parallel);
    return projected;
  }

  private float[] weights(int length, int directions, Random random) {
    float[] weights = new float[length * directions];
    double density = 1 / Math.sqrt(length);
    float size = (float) (Math.sqrt(1 / density) / Math.sqrt(directions));
    double bound = 1 / Math.sqrt(length);
    for (int i = 0; i < weights.length; i++) {
      if (kind == Kind.DENSE) {
        weights[i] = (float) random.nextDouble(-bound, bound);
      } else if (random.nextDouble() < density) {
        weights[i] = random.nextBoolean() ? size : -size;
      }
    }
    return weights;
  }

  /**
   * Reads what {@code toString} wrote.
   *
   * @param text the text
   * @return the projection
   * @throws IllegalArgumentException if the text is not a projection
   */
  public static RandomProjection parse(String text) {
    if (text.equals("none")) {
      return NONE;
    }
    if (text.matches("sparse:0?\\.\\d+")) {
      return sparse(Double.parseDouble(text.substring(7)));
    }
    if (text.matches("dense:[1-9]\\d{0,5}")) {
      return dense(Integer.parseInt(text.substring(6)));
    }
    throw new IllegalArgumentException(
        text + " is not a projection; write none, sparse:0.9 or dense:128");
  }

  @Override
  public String toString() {
    return switch (kind) {
      case NONE -> "none";
      case SPARSE -> "sparse:" + BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
      case DENSE -> "dense:" + (int) value;
    };
  }
}
