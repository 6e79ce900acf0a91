package kintsugi.mark;

import java.util.List;
import kintsugi.engine.Gaussians;
import kintsugi.engine.Parallel;
import kintsugi.engine.scalar.ScalarEngine;
import kintsugi.mark.Exercise.Case;
import kintsugi.mark.Exercise.Mistake;
import kintsugi.tensor.Tensor;

/** The exercise on PaDiM's equation (2), the Mahalanobis distance by forward substitution. */
final class SubstitutionExercise {
  private SubstitutionExercise() {}

  static Exercise exercise() {
    return new Exercise(
        "ForwardSubstitution",
        "distance",
        List.of(
            new Case("one element", () -> patch(1, 1)),
            new Case("two elements", () -> patch(2, 2)),
            new Case("a diagonal factor", () -> changed(patch(3, 3), (i, j) -> i == j ? 2 : 0)),
            new Case("six elements", () -> patch(4, 6))),
        a -> distance((double[]) a[0], (double[]) a[1], (double[][]) a[2]),
        List.of(
            new Mistake(
                "the square root is missing: the squared distance",
                a -> Math.pow(distance((double[]) a[0], (double[]) a[1], (double[][]) a[2]), 2)),
            new Mistake(
                "the mean is not subtracted",
                a -> distance((double[]) a[0], new double[((double[]) a[0]).length], l(a))),
            new Mistake(
                "not divided by the diagonal element L(i,i)",
                a -> with(a, (i, j) -> i == j ? 1 : l(a)[i][j])),
            new Mistake(
                "divided by L(i,i)²; the factor's diagonal holds the roots already",
                a -> with(a, (i, j) -> i == j ? Math.pow(l(a)[i][i], 2) : l(a)[i][j])),
            new Mistake(
                "the products L(i,j)·y(j) are not subtracted",
                a -> with(a, (i, j) -> i == j ? l(a)[i][i] : 0)),
            new Mistake(
                "the products L(i,j)·y(j) are added where they are subtracted",
                a -> with(a, (i, j) -> i == j ? l(a)[i][i] : -l(a)[i][j])),
            new Mistake(
                "Lᵀ·y = x − μ is solved, from the last element back; the factor is L",
                SubstitutionExercise::backward),
            new Mistake(
                "L·(x − μ) is computed: multiplied where the system L·y = x − μ is to be solved",
                SubstitutionExercise::multiplied),
            new Mistake(
                "the Euclidean distance: L is not used", a -> with(a, (i, j) -> i == j ? 1 : 0))));
  }

  private static Object[] patch(int seed, int d) {
    double[][] l = CholeskyExercise.factor((double[][]) CholeskyExercise.positive(seed, d)[0]);
    for (int i = 0; i < d; i++) {
      l[i][i] *= 0.8 + 0.1 * i;
    }
    return new Object[] {doubles(seed + 50, d), doubles(seed + 70, d), l};
  }

  private static double[] doubles(int seed, int count) {
    float[] from = Exercise.random(seed, count);
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      values[i] = from[i];
    }
    return values;
  }

  private static double distance(double[] x, double[] mean, double[][] l) {
    int d = x.length;
    float[] factor = floats(Triangle.packed(l));
    Tensor patch = Tensor.of(floats(x), 1, 1, 1, d);
    Gaussians gaussians = new Gaussians(1, 1, d, floats(mean), new float[][] {factor});
    try (Parallel one = new Parallel(1)) {
      return new ScalarEngine(one).prepare(gaussians).mahalanobis(patch).data()[0];
    }
  }

  private static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  private interface Element {
    double at(int i, int j);
  }

  private static double[][] l(Object[] a) {
    return (double[][]) a[2];
  }

  /** The distance with a changed factor. */
  private static double with(Object[] a, Element element) {
    Object[] changed = changed(a, element);
    return distance((double[]) changed[0], (double[]) changed[1], l(changed));
  }

  private static Object[] changed(Object[] a, Element element) {
    double[][] l = new double[l(a).length][l(a).length];
    for (int i = 0; i < l.length; i++) {
      for (int j = 0; j <= i; j++) {
        l[i][j] = element.at(i, j);
      }
    }
    return new Object[] {a[0], a[1], l};
  }

  private static double backward(Object[] a) {
    int d = l(a).length;
    double[] x = new double[d];
    double[] mean = new double[d];
    for (int i = 0; i < d; i++) {
      x[i] = ((double[]) a[0])[d - 1 - i];
      mean[i] = ((double[]) a[1])[d - 1 - i];
    }
    Object[] reversed = {x, mean, l(a)};
    return with(reversed, (i, j) -> l(a)[d - 1 - j][d - 1 - i]);
  }

  private static double multiplied(Object[] a) {
    double squares = 0;
    for (int i = 0; i < l(a).length; i++) {
      double sum = 0;
      for (int j = 0; j <= i; j++) {
        sum += l(a)[i][j] * (((double[]) a[0])[j] - ((double[]) a[1])[j]);
      }
      squares += sum * sum;
    }
    return Math.sqrt(squares);
  }
}
