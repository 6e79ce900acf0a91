package kintsugi.audit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.IntStream;
import kintsugi.engine.NeighborIndex;
import kintsugi.engine.RowMatrix;
import kintsugi.patchcore.KCenterGreedy;
import kintsugi.patchcore.MemoryBank;
import kintsugi.patchcore.PatchCoreRecipe;
import kintsugi.patchcore.RandomProjection;
import kintsugi.scoremap.ImageScore;
import kintsugi.tensor.Tensor;

/** The audit of PatchCore's nearest neighbours, greedy k-center, re-weighting and projections. */
final class BankAudit {
  private static final int NEIGHBOURS = 9;

  private BankAudit() {}

  static void run(Bench bench) {
    nearest(bench, rows(new Random(1), 700, 384, 1, 0), "700 rows of 384");
    nearest(bench, rows(new Random(2), 300, 40, 1e-3f, 1000), "almost equal rows far from 0");
    nearest(bench, doubled(rows(new Random(3), 150, 24, 1, 0)), "every row twice");
    nearest(bench, rows(new Random(4), 30, 3, 1e-38f, 0), "denormal rows");
    coreset(bench, rows(new Random(5), 600, 48, 1, 0), "600 rows of 48");
    coreset(bench, doubled(rows(new Random(6), 60, 8, 1, 0)), "every row twice");
    weight(bench);
    projection(bench, RandomProjection.sparse(0.9), 1);
    // Uniform weights in ±1/√D have a variance of 1/(3D).
    projection(bench, RandomProjection.dense(96), 96 / (3.0 * 512));
  }

  private static Tensor rows(Random random, int count, int length, float scale, float centre) {
    Tensor rows = Bench.random(random, count, length);
    for (int i = 0; i < rows.size(); i++) {
      rows.data()[i] = centre + scale * rows.data()[i];
    }
    return rows;
  }

  private static Tensor doubled(Tensor rows) {
    Tensor twice = Tensor.zeros(2 * rows.dim(0), rows.dim(1));
    System.arraycopy(rows.data(), 0, twice.data(), 0, rows.size());
    System.arraycopy(rows.data(), 0, twice.data(), rows.size(), rows.size());
    return twice;
  }

  /** {@code Σ_k (a(k) − b(k))²} in fp64. */
  private static double squared(float[] a, int i, float[] b, int j, int length) {
    double sum = 0;
    for (int k = 0; k < length; k++) {
      double difference = (double) a[i * length + k] - (double) b[j * length + k];
      sum += difference * difference;
    }
    return sum;
  }

  private static void nearest(Bench bench, Tensor rows, String values) {
    int count = rows.dim(0);
    int length = rows.dim(1);
    // Rows of the bank themselves, and some next to them.
    Tensor queries = Tensor.zeros(60, length);
    for (int q = 0; q < 60; q++) {
      for (int k = 0; k < length; k++) {
        float shift = q % 3 == 0 ? 0 : (rows.data()[k] - rows.data()[0]) / q;
        queries.data()[q * length + k] = rows.data()[q % count * length + k] + shift;
      }
    }
    int k = Math.min(NEIGHBOURS, count);
    double[] index = new double[60 * k];
    double[] distance = new double[60 * k];
    double[] limits = new double[count];
    for (int q = 0; q < 60; q++) {
      double[] all = new double[count];
      for (int r = 0; r < count; r++) {
        all[r] = squared(queries.data(), q, rows.data(), r, length);
      }
      List<Integer> order =
          IntStream.range(0, count)
              .boxed()
              .sorted(Comparator.comparingDouble((Integer r) -> all[r]).thenComparing(r -> r))
              .toList();
      for (int n = 0; n < k; n++) {
        index[q * k + n] = order.get(n);
        distance[q * k + n] = all[order.get(n)];
      }
    }
    for (int r = 0; r < count; r++) {
      limits[r] = Double.POSITIVE_INFINITY;
      for (int q = 0; q < 60; q++) {
        limits[r] = Math.min(limits[r], squared(rows.data(), r, queries.data(), q, length));
      }
    }
    for (Bench.Candidate candidate : bench.candidates()) {
      NeighborIndex bank = candidate.engine().index(RowMatrix.of(rows));
      NeighborIndex.Nearest found = bank.nearest(queries, k);
      String reference = "all distances in fp64, sorted";
      String name = k + " nearest of " + values;
      bench.compare(
          candidate.name(),
          name + ": rows",
          reference,
          "equal rows",
          Bench.doubles(found.index()),
          Expected.exactly(index));
      bench.compare(
          candidate.name(),
          name + ": squared distances",
          reference,
          "equal bits",
          found.squaredDistance(),
          Expected.exactly(distance));
      double[] updated = new double[count];
      Arrays.fill(updated, Double.POSITIVE_INFINITY);
      bank.updateMinimumDistances(updated, queries);
      bench.compare(
          candidate.name(),
          "minimum distances to 60 centres of " + values,
          reference,
          "equal bits",
          updated,
          Expected.exactly(limits));
    }
  }

  /** Algorithm 1 of the paper: each choice compares every row with all choices before. */
  private static List<Integer> greedy(Tensor rows, int first, int most) {
    List<Integer> chosen = new ArrayList<>(List.of(first));
    while (chosen.size() < most) {
      int farthest = -1;
      double maximum = 0;
      for (int r = 0; r < rows.dim(0); r++) {
        double minimum = Double.POSITIVE_INFINITY;
        for (int c : chosen) {
          minimum = Math.min(minimum, squared(rows.data(), r, rows.data(), c, rows.dim(1)));
        }
        if (minimum > maximum) {
          maximum = minimum;
          farthest = r;
        }
      }
      if (farthest < 0) {
        break;
      }
      chosen.add(farthest);
    }
    return chosen;
  }

  private static void coreset(Bench bench, Tensor rows, String values) {
    int first = 7;
    int most = 70;
    List<Integer> wanted = greedy(rows, first, most);
    double radius = 0;
    for (int r = 0; r < rows.dim(0); r++) {
      double minimum = Double.POSITIVE_INFINITY;
      for (int c : wanted) {
        minimum = Math.min(minimum, squared(rows.data(), r, rows.data(), c, rows.dim(1)));
      }
      radius = Math.max(radius, Math.sqrt(minimum));
    }
    for (Bench.Candidate candidate : bench.candidates()) {
      RowMatrix all = RowMatrix.of(rows);
      KCenterGreedy search =
          new KCenterGreedy(
              all, candidate.engine().index(all), KCenterGreedy.startAt(first, all.count()));
      KCenterGreedy.Coreset coreset = search.choose(most, 0);
      bench.compare(
          candidate.name(),
          "greedy k-center of " + values + ": picks in order",
          "algorithm 1 as written",
          "equal rows",
          Bench.doubles(coreset.order()),
          Expected.exactly(wanted.stream().mapToDouble(i -> i).toArray()));
      bench.compare(
          candidate.name(),
          "greedy k-center of " + values + ": covering radius",
          "algorithm 1 as written",
          "equal bits",
          new double[] {coreset.coveringRadius()},
          Expected.exactly(new double[] {radius}));
    }
  }

  /** Equation 7: {@code w = 1 − exp‖p − m‖ / Σ_b exp‖p − b‖}. */
  private static void weight(Bench bench) {
    Random random = new Random(8);
    Tensor rows = rows(random, 80, 16, 1, 0);
    Tensor patch = rows(random, 1, 16, 1.5f, 0);
    List<Integer> byPatch = sorted(rows, patch.data(), 0);
    int m = byPatch.getFirst();
    List<Integer> support = sorted(rows, rows.data(), m).subList(0, NEIGHBOURS);
    double sum = 0;
    for (int b : support) {
      sum += Math.exp(Math.sqrt(squared(patch.data(), 0, rows.data(), b, 16)));
    }
    double wanted = 1 - Math.exp(Math.sqrt(squared(patch.data(), 0, rows.data(), m, 16))) / sum;
    for (Bench.Candidate candidate : bench.candidates()) {
      MemoryBank bank = MemoryBank.of(rows, candidate.engine());
      bench.compare(
          candidate.name(),
          "image score's weight by " + NEIGHBOURS + " neighbours",
          "equation 7 as written",
          "γ(100) in fp64",
          new double[] {bank.weight(patch.data(), NEIGHBOURS)},
          Expected.within(new double[] {wanted}, Expected.gamma(100, Expected.DOUBLE)));
      PatchCoreRecipe.Scoring scoring =
          new PatchCoreRecipe.Scoring(3, true, OptionalInt.empty(), ImageScore.MAX);
      Tensor distances = bank.distances(patch.reshape(1, 1, 1, 16), scoring);
      double mean = 0;
      for (int i = 0; i < 3; i++) {
        mean += squared(patch.data(), 0, rows.data(), byPatch.get(i), 16) / 3;
      }
      bench.compare(
          candidate.name(),
          "mean squared distance to 3 neighbours",
          "all distances in fp64, sorted",
          "2u·d",
          Bench.doubles(distances.data()),
          Expected.within(new double[] {mean}, 2 * Expected.FLOAT * mean));
    }
  }

  private static List<Integer> sorted(Tensor rows, float[] from, int at) {
    return IntStream.range(0, rows.dim(0))
        .boxed()
        .sorted(
            Comparator.comparingDouble(
                (Integer r) -> squared(from, at, rows.data(), r, rows.dim(1))))
        .toList();
  }

  /** A projection keeps squared lengths on the mean, but for its own factor. */
  private static void projection(Bench bench, RandomProjection projection, double factor) {
    int count = 400;
    int length = 512;
    Tensor rows = rows(new Random(9), count, length, 1, 0);
    int directions = projection.directions(count, length);
    double jl = 4 * Math.log(count) / (0.81 / 2 - 0.729 / 3);
    boolean sparse = projection.kind() == RandomProjection.Kind.SPARSE;
    bench.compare(
        "–",
        "directions of " + projection + " for " + count + " rows",
        "Johnson and Lindenstrauss",
        "equal count",
        new double[] {directions},
        Expected.exactly(new double[] {sparse ? Math.floor(jl) : 96}));
    RowMatrix to = RowMatrix.inMemory(count, directions);
    projection.apply(RowMatrix.of(rows), 3, to, bench.parallel());
    double[] ratios = new double[count];
    float[] row = new float[directions];
    for (int r = 0; r < count; r++) {
      to.read(r, 1, row, 0);
      double before = 0;
      double after = 0;
      for (int k = 0; k < length; k++) {
        before += (double) rows.data()[r * length + k] * rows.data()[r * length + k];
      }
      for (float v : row) {
        after += (double) v * v;
      }
      ratios[r] = after / before;
    }
    double mean = 0;
    for (double ratio : ratios) {
      mean += ratio / count;
    }
    // Each direction is drawn once for all rows: their own spread is √(2/m) of the mean.
    double spread = 5 * factor * Math.sqrt(2.0 / directions);
    bench.compare(
        "–",
        "mean squared length after " + projection,
        "its expectation",
        "5 standard deviations",
        new double[] {mean},
        Expected.within(new double[] {factor}, spread));
  }
}
