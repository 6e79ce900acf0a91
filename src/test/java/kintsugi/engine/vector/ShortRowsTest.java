package kintsugi.engine.vector;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import kintsugi.engine.Parallel;
import kintsugi.engine.RowMatrix;
import kintsugi.tensor.Tensor;
import org.junit.jupiter.api.Test;

class ShortRowsTest {
  private static final int COUNT = 900;
  private static final int LENGTH = 120;

  @Test
  void rowsThatVaryInAllDirectionsStayPlain() {
    assertThat(shortRows(120).plain()).isTrue();
  }

  @Test
  void rowsThatVaryInFewDirectionsAreShortened() {
    ShortRows shortRows = shortRows(4);
    assertThat(shortRows.plain()).isFalse();
    assertThat(shortRows.depth).isEqualTo(32);
    assertThat(shortRows.fine).isEqualTo(96);
  }

  @Test
  void shortRowsHaveTheNormsOfTheRowsAndAreNotFartherApart() {
    Tensor rows = rows(4);
    ShortRows shortRows = shortRows(4);
    float[] fine = new float[2 * shortRows.fine];
    float[] coarse = new float[2 * shortRows.depth];
    double[] squares = new double[2];
    shortRows.fineRows(rows.data(), 5, 2, fine, 0, squares);
    shortRows.coarseRows(rows.data(), 5, 2, fine, coarse);
    double full = distance(rows.data(), 5 * LENGTH, LENGTH);
    double ofFine = distance(fine, 0, shortRows.fine);
    double ofCoarse = distance(coarse, 0, shortRows.depth);
    assertThat(ofFine).isBetween(0.5 * full, full * (1 + 1e-6));
    assertThat(ofCoarse).isBetween(0.5 * full, ofFine * (1 + 1e-6));
    double norm = 0;
    for (int k = 0; k < shortRows.depth; k++) {
      norm += (double) coarse[k] * coarse[k];
    }
    assertThat(norm / squares[0]).isBetween(1 - 1e-6, 1 + 1e-6);
  }

  private static double distance(float[] rows, int at, int length) {
    double sum = 0;
    for (int k = 0; k < length; k++) {
      sum += Math.pow((double) rows[at + k] - rows[at + length + k], 2);
    }
    return sum;
  }

  private static ShortRows shortRows(int directions) {
    try (Parallel parallel = new Parallel(2)) {
      return ShortRows.of(RowMatrix.of(rows(directions)), parallel);
    }
  }

  /** Rows with noise of 1 along the first axes and of 0.01 along the others. */
  private static Tensor rows(int directions) {
    Random random = new Random(6);
    Tensor rows = Tensor.zeros(COUNT, LENGTH);
    for (int i = 0; i < rows.size(); i++) {
      rows.data()[i] = (float) random.nextGaussian() * (i % LENGTH < directions ? 1 : 0.01f);
    }
    return rows;
  }
}
