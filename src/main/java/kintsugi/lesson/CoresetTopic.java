package kintsugi.lesson;

import java.util.List;
import java.util.Random;
import kintsugi.Kintsugi;
import kintsugi.engine.RowMatrix;
import kintsugi.tensor.Tensor;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.EigenDecomposition;

/** The page on greedy k-center: some training patches, and where they lie in a plane. */
final class CoresetTopic {
  /** Few enough that a page can hold their embeddings, and that a plane can show them. */
  private static final int PATCHES = 500;

  private static final int MAXIMUM_CHOSEN = 100;

  private CoresetTopic() {}

  /**
   * The numbers.
   *
   * @param recipe whose patch embeddings these are
   * @param dimension of an embedding
   * @param images that the patches were drawn from
   * @param most how many patches are chosen at the end
   * @param first the row of the first choice
   * @param rows {@code [n, D]}
   * @param plane {@code [n, 2]}, the rows in the two directions in which they vary most
   * @param varianceShown the fraction of the rows' variance that lies in these two directions
   */
  record Numbers(
      String recipe,
      int dimension,
      int images,
      int most,
      int first,
      byte[] rows,
      byte[] plane,
      double varianceShown) {}

  static Playable of(Kintsugi kintsugi, LessonImages images, long seed) {
    PatchCorePatches patches =
        PatchCorePatches.of(
            PatchCorePatches.detector(kintsugi, images, seed), PatchCorePatches.used(images));
    int used = patches.inputs().size();
    Random random = new Random(seed);
    int[] drawn =
        random.ints(0, patches.rows().dim(0)).distinct().limit(PATCHES).sorted().toArray();
    Tensor rows = RowMatrix.of(patches.rows()).gather(drawn);
    Plane plane = Plane.of(rows);
    Numbers numbers =
        new Numbers(
            PatchCorePatches.RECIPE.name(),
            rows.dim(1),
            used,
            MAXIMUM_CHOSEN,
            random.nextInt(PATCHES),
            Playable.packed(rows.data()),
            Playable.packed(plane.points),
            plane.variance);
    return new Playable(numbers, List.of(), used, List.of());
  }

  /** Rows in the two directions of their largest variance (principal components). */
  private record Plane(float[] points, double variance) {
    static Plane of(Tensor rows) {
      int n = rows.dim(0);
      int d = rows.dim(1);
      double[] mean = new double[d];
      for (int i = 0; i < rows.size(); i++) {
        mean[i % d] += rows.data()[i] / (double) n;
      }
      double[][] centred = new double[n][d];
      for (int i = 0; i < rows.size(); i++) {
        centred[i / d][i % d] = rows.data()[i] - mean[i % d];
      }
      var matrix = new Array2DRowRealMatrix(centred, false);
      var variances = new EigenDecomposition(matrix.transpose().multiply(matrix));
      float[] points = new float[2 * n];
      double total = 0;
      for (double value : variances.getRealEigenvalues()) {
        total += value;
      }
      for (int axis = 0; axis < 2; axis++) {
        double[] along = matrix.operate(variances.getEigenvector(axis).toArray());
        for (int i = 0; i < n; i++) {
          points[2 * i + axis] = (float) along[i];
        }
      }
      double shown = variances.getRealEigenvalue(0) + variances.getRealEigenvalue(1);
      return new Plane(points, shown / total);
    }
  }
}
