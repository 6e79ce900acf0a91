package kintsugi.audit;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import kintsugi.tensor.Tensor;

/**
 * The likely causes of differences in what was fitted: PaDiM's channels and covariances, and
 * PatchCore's memory bank.
 *
 * @param a what the first has
 * @param b what the second has
 * @param how the first regularises its covariances, in words
 * @param epsilon what it adds to their diagonals, where it is known
 */
record FitCauses(Dump a, Dump b, String how, OptionalDouble epsilon) {

  List<String> channels() {
    int[] mine = a.integers("channels");
    int[] theirs = b.integers("channels");
    if (mine.length != theirs.length) {
      return List.of("another number of channels: A draws " + mine.length + ", B " + theirs.length);
    }
    boolean same =
        Arrays.equals(
            IntStream.of(mine).sorted().toArray(), IntStream.of(theirs).sorted().toArray());
    long common =
        IntStream.of(mine).filter(c -> IntStream.of(theirs).anyMatch(k -> k == c)).count();
    return List.of(
        same
            ? "the same channels in another order"
            : "other channels drawn: "
                + common
                + " of A's "
                + mine.length
                + " are among B's; another seed or another generator");
  }

  List<String> covariance() {
    List<Tensor> both = Difference.sameCovariances(a, b);
    Tensor x = both.getFirst();
    Tensor y = both.getLast();
    if (!Arrays.equals(x.shape(), y.shape())) {
      return List.of();
    }
    int d = x.dim(1);
    double xy = 0;
    double xx = 0;
    for (int i = 0; i < x.size(); i++) {
      if (i % (d * d) % (d + 1) != 0) {
        xy += (double) x.data()[i] * y.data()[i];
        xx += (double) x.data()[i] * x.data()[i];
      }
    }
    double factor = xy / xx;
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    double apart = 0;
    double scale = 0;
    for (int i = 0; i < x.size(); i++) {
      double rest = y.data()[i] - factor * x.data()[i];
      scale = Math.max(scale, Math.abs(x.data()[i]));
      if (i % (d * d) % (d + 1) == 0) {
        low = Math.min(low, rest);
        high = Math.max(high, rest);
      } else {
        apart = Math.max(apart, Math.abs(rest));
      }
    }
    if (!(apart <= 1e-4 * scale) || !(high - low <= 1e-4 * scale)) {
      return List.of();
    }
    return regularised(factor, (low + high) / 2, scale);
  }

  /** {@code B = factor·A + more·I}. */
  private List<String> regularised(double factor, double more, double scale) {
    List<String> causes = new ArrayList<>();
    if (Math.abs(factor - 1) > 1e-4) {
      // (N − 1)/N, or its inverse.
      double images = factor < 1 ? 1 / (1 - factor) : factor / (factor - 1);
      boolean counts = Math.abs(images - Math.rint(images)) < 0.01 * images;
      causes.add(
          counts
              ? String.format(
                  Locale.ROOT,
                  "the covariance is divided by N (%.0f images) in %s, by N − 1 in %s",
                  images,
                  factor < 1 ? "B" : "A",
                  factor < 1 ? "A" : "B")
              : String.format(Locale.ROOT, "B's covariances are %.5g times A's", factor));
    }
    double surplus = surplus(factor, more, scale);
    if (surplus != 0) {
      causes.add(
          String.format(
              Locale.ROOT,
              "another regularisation: B's covariances have %s·I %s than A's (A: %s)",
              new BigDecimal(Math.abs(surplus))
                  .round(new MathContext(2))
                  .stripTrailingZeros()
                  .toPlainString(),
              surplus > 0 ? "more" : "less",
              how));
    }
    return causes;
  }

  /**
   * What B adds to the diagonals more than A, or 0. Where both add the same {@code ε} and the
   * divisors differ, {@code more} is {@code (1 − factor)·ε}.
   */
  private double surplus(double factor, double more, double scale) {
    if (Math.abs(factor - 1) <= 1e-4) {
      return Math.abs(more) > 1e-7 * scale ? more : 0;
    }
    double surplus = more - (1 - factor) * epsilon.orElse(0);
    boolean maySame = epsilon.isEmpty() && more / (1 - factor) > 0;
    return maySame || Math.abs(surplus) <= 1e-6 * scale ? 0 : surplus;
  }

  List<String> bank() {
    int mine = a.get("bank", 2).dim(0);
    int theirs = b.get("bank", 2).dim(0);
    return List.of(
        mine == theirs
            ? "other patches in the memory bank: another coreset, other images or another order"
                + " of them, or embeddings made otherwise"
            : "a memory bank of another size: " + mine + " patches in A, " + theirs + " in B");
  }
}
