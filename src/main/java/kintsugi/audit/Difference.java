package kintsugi.audit;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import kintsugi.tensor.Tensor;

/**
 * The difference of two subjects in one stage of one image.
 *
 * @param absolute the maximum absolute difference; NaN where the shapes differ
 * @param relative the same as a fraction of the stage's maximum; NaN where the shapes differ
 * @param place of that maximum
 * @param tensor the values' name
 */
record Difference(double absolute, double relative, String place, String tensor) {

  /** Of a product of some hundred elements in fp32, as a fraction of its terms. */
  private static final double ROUNDINGS = 32 * 0x1p-24;

  boolean within(StageName stage) {
    return relative <= stage.tolerance();
  }

  /** Whether this is the larger one. */
  boolean exceeds(Difference other) {
    return other == null || Double.isNaN(relative) || relative > other.relative;
  }

  /** The difference, if both have values of the stage. */
  static Optional<Difference> of(StageName stage, Dump a, Dump b) {
    Difference worst = null;
    for (String name : stage.tensors()) {
      Optional<Difference> next = of(stage, name, a, b);
      worst = next.isPresent() && next.get().exceeds(worst) ? next.get() : worst;
    }
    return Optional.ofNullable(worst);
  }

  /** The difference in one of the stage's tensors, if both have it. */
  static Optional<Difference> of(StageName stage, String name, Dump a, Dump b) {
    return a.has(name) && b.has(name) ? Optional.of(between(stage, name, a, b)) : Optional.empty();
  }

  private static Difference between(StageName stage, String name, Dump a, Dump b) {
    int rank = rank(stage);
    Tensor x = a.get(name, rank);
    Tensor y = b.get(name, rank);
    if (stage == StageName.COVARIANCE) {
      List<Tensor> both = sameCovariances(a, b);
      x = both.getFirst();
      y = both.getLast();
    }
    if (!Arrays.equals(x.shape(), y.shape())) {
      String shapes = Arrays.toString(x.shape()) + " against " + Arrays.toString(y.shape());
      return new Difference(Double.NaN, Double.NaN, shapes, name);
    }
    return switch (stage) {
      case COVARIANCE -> largest(name, correlations(x, x), correlations(y, x), 1);
      case BANK -> rows(name, x, y, scale(x, y));
      case DISTANCES -> largest(name, x, cancelled(x, y, a, b), scale(x, y));
      case MAP -> largest(name, x, y, scale(x, y)).beyond(explained(a, b), scale(x, y));
      case NORMALISED -> largest(name, cut(x, y), cut(y, x), Math.max(1, scale(x, y)));
      case THRESHOLD -> largest(name, x, y, Math.max(1, scale(x, y)));
      case VERDICT ->
          atThreshold(a, b) && atThreshold(b, a)
              ? largest(name, x, x, 1)
              : largest(name, x, y, scale(x, y));
      default -> largest(name, x, y, scale(x, y));
    };
  }

  /** What of the difference another one does not explain. */
  private Difference beyond(double explained, double scale) {
    double rest = Math.max(0, absolute - explained);
    return new Difference(absolute, rest == 0 ? 0 : rest / scale, place, tensor);
  }

  /** Whether rounding decides the verdict; what a dump lacks is the other's. */
  private static boolean atThreshold(Dump dump, Dump other) {
    Dump all = dump.or(other);
    if (!all.has("normalised", "threshold")) {
      return false;
    }
    double score = all.get("normalised", 1).data()[0];
    double threshold = all.get("threshold", 1).data()[0];
    double scale = Math.max(1, Math.max(Math.abs(score), Math.abs(threshold)));
    return Math.abs(score - threshold) <= StageName.NORMALISED.tolerance() * scale;
  }

  /** A score outside of 0 to 1 as the other one's, which is cut there. */
  private static Tensor cut(Tensor score, Tensor other) {
    float value = other.data()[0];
    return value == 0 || value == 1 ? Tensor.of(new float[] {clamp(score)}, 1) : score;
  }

  private static float clamp(Tensor score) {
    return Math.clamp(score.data()[0], 0, 1);
  }

  /**
   * The second distances, those of the first where rounding explains the difference: a squared
   * distance by {@code ‖p‖² + ‖m‖² − 2·p·m} in fp32 errs by its terms' rounding, however small it
   * is itself. Distances that were both computed here have no such error.
   */
  private static Tensor cancelled(Tensor x, Tensor y, Dump a, Dump b) {
    if (a.isComputedHere() && b.isComputedHere()) {
      return y;
    }
    if (!a.has("bank") && !b.has("bank") || !a.has("embedding") && !b.has("embedding")) {
      return y;
    }
    Tensor patches = (a.has("embedding") ? a : b).get("embedding", 2);
    int d = patches.dim(1);
    Tensor kept = Tensor.zeros(y.shape());
    for (int i = 0; i < kept.size(); i++) {
      double norm = 0;
      for (int k = i * d; k < (i + 1) * d && k < patches.size(); k++) {
        norm += (double) patches.data()[k] * patches.data()[k];
      }
      double square = (double) x.data()[i] * x.data()[i] - (double) y.data()[i] * y.data()[i];
      kept.data()[i] = Math.abs(square) <= ROUNDINGS * 2 * norm ? x.data()[i] : y.data()[i];
    }
    return kept;
  }

  /** A map's values are means of distances, so that these explain as much; more if bicubic. */
  private static double explained(Dump a, Dump b) {
    if (!a.has("distances") || !b.has("distances")) {
      return 0;
    }
    Tensor x = a.get("distances", 2);
    Tensor y = b.get("distances", 2);
    boolean same = Arrays.equals(x.shape(), y.shape());
    return same ? 1.5 * largest("distances", x, y, 1).absolute : 0;
  }

  private static int rank(StageName stage) {
    return switch (stage) {
      case PIXELS, INPUT, FEATURES, COVARIANCE -> 3;
      case EMBEDDING, MEAN, BANK, DISTANCES, MAP -> 2;
      case CHANNELS, SCORE, NORMALISED, THRESHOLD, VERDICT -> 1;
    };
  }

  /** The covariances of the patches that both have. */
  static List<Tensor> sameCovariances(Dump a, Dump b) {
    Tensor x = a.get("covariance", 3);
    Tensor y = b.get("covariance", 3);
    Map<Integer, Integer> inX = places(a, x.dim(0));
    Map<Integer, Integer> inY = places(b, y.dim(0));
    List<Integer> both = inX.keySet().stream().filter(inY::containsKey).toList();
    return both.isEmpty()
        ? List.of(x, y)
        : List.of(
            at(x, both.stream().map(inX::get).toList()),
            at(y, both.stream().map(inY::get).toList()));
  }

  /** For each patch the place of its covariance. */
  private static Map<Integer, Integer> places(Dump dump, int count) {
    int[] positions =
        dump.has("positions") ? dump.integers("positions") : IntStream.range(0, count).toArray();
    if (positions.length != count) {
      throw dump.refused("it has " + count + " covariances of " + positions.length + " positions");
    }
    Map<Integer, Integer> places = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      places.put(positions[i], i);
    }
    return places;
  }

  private static Tensor at(Tensor all, List<Integer> places) {
    int size = all.dim(1) * all.dim(2);
    Tensor some = Tensor.zeros(places.size(), all.dim(1), all.dim(2));
    for (int i = 0; i < places.size(); i++) {
      System.arraycopy(all.data(), places.get(i) * size, some.data(), i * size, size);
    }
    return some;
  }

  /** Each element over the root of the product of its two variances in another tensor. */
  private static Tensor correlations(Tensor covariance, Tensor variances) {
    int d = covariance.dim(1);
    Tensor scaled = Tensor.zeros(covariance.shape());
    for (int i = 0; i < scaled.size(); i++) {
      int at = i - i % (d * d);
      double row = variances.data()[at + i % (d * d) / d * (d + 1)];
      double column = variances.data()[at + i % d * (d + 1)];
      scaled.data()[i] = (float) (covariance.data()[i] / Math.sqrt(row * column));
    }
    return scaled;
  }

  /** Two memory banks, whose rows may come in any order. */
  private static Difference rows(String name, Tensor x, Tensor y, double scale) {
    float[][] mine = sortedRows(x);
    float[][] theirs = sortedRows(y);
    double apart = Math.max(unmatched(mine, theirs), unmatched(theirs, mine));
    return new Difference(apart, apart == 0 ? 0 : apart / scale, "", name);
  }

  private static float[][] sortedRows(Tensor rows) {
    int d = rows.dim(1);
    float[][] sorted = new float[rows.dim(0)][];
    Arrays.setAll(sorted, i -> Arrays.copyOfRange(rows.data(), i * d, (i + 1) * d));
    Arrays.sort(sorted, Comparator.comparing((float[] row) -> row, Arrays::compare));
    return sorted;
  }

  /** The maximum over the rows of the difference to the nearest of the others, which are sorted. */
  private static double unmatched(float[][] rows, float[][] others) {
    return Arrays.stream(rows)
        .parallel()
        .mapToDouble(row -> nearest(row, others))
        .max()
        .orElseThrow();
  }

  /**
   * The least maximum difference to a row. Rounding moves a row among others that begin alike, so
   * that both directions are searched until the first elements alone are further apart.
   */
  private static double nearest(float[] row, float[][] sorted) {
    int at = Arrays.binarySearch(sorted, row, Arrays::compare);
    if (at >= 0) {
      return 0;
    }
    double best = Double.POSITIVE_INFINITY;
    for (int i = -at - 1; i < sorted.length && !(sorted[i][0] - row[0] >= best); i++) {
      best = Math.min(best, apart(row, sorted[i], best));
    }
    for (int i = -at - 2; i >= 0 && !(row[0] - sorted[i][0] >= best); i--) {
      best = Math.min(best, apart(row, sorted[i], best));
    }
    return best;
  }

  /** The maximum difference of two rows, infinite where it is above a bound or not a number. */
  private static double apart(float[] row, float[] other, double bound) {
    double most = 0;
    for (int i = 0; i < row.length; i++) {
      double next = Math.abs((double) row[i] - other[i]);
      if (!(next < bound)) {
        return Double.POSITIVE_INFINITY;
      }
      most = Math.max(most, next);
    }
    return most;
  }

  /** The maximum of the finite values. */
  private static double scale(Tensor x, Tensor y) {
    double scale = 0;
    for (Tensor each : List.of(x, y)) {
      for (float value : each.data()) {
        scale = Float.isFinite(value) ? Math.max(scale, Math.abs(value)) : scale;
      }
    }
    return scale;
  }

  private static Difference largest(String name, Tensor x, Tensor y, double scale) {
    double most = 0;
    int at = 0;
    for (int i = 0; i < x.size(); i++) {
      double apart = Math.abs((double) x.data()[i] - y.data()[i]);
      if (Float.isNaN(x.data()[i]) != Float.isNaN(y.data()[i])) {
        apart = Double.POSITIVE_INFINITY;
      }
      if (apart > most) {
        most = apart;
        at = i;
      }
    }
    return new Difference(most, most == 0 ? 0 : most / scale, place(x, at), name);
  }

  private static String place(Tensor tensor, int at) {
    if (tensor.size() == 1) {
      return "";
    }
    int[] shape = tensor.shape();
    int[] index = new int[shape.length];
    int rest = at;
    for (int i = shape.length - 1; i >= 0; i--) {
      index[i] = rest % shape[i];
      rest /= shape[i];
    }
    return Arrays.toString(index);
  }
}
