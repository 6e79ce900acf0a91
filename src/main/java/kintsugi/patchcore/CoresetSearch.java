package kintsugi.patchcore;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import kintsugi.InputException;
import kintsugi.detector.Fit;
import kintsugi.detector.Model;
import kintsugi.detector.Progress;
import kintsugi.detector.Session;
import kintsugi.tensor.Tensor;

/**
 * The choice of a coreset from patches in parts, in one of two ways.
 *
 * <p><b>Composable</b>: the greedy search of {@link KCenterGreedy} for {@code k} centres in each
 * part, and once more for {@code k} among all these (Malkomes, Kusner, Chen, Weinberger, Moseley,
 * <i>Fast Distributed k-Center Clustering with Outliers on Massive Data</i>, 2015). Its covering
 * radius is at most four times the best possible {@code r*}. For let {@code r} be the radius of a
 * greedy search for {@code k} centres in any subset of the patches (Gonzalez, <i>Clustering to
 * Minimize the Maximum Intercluster Distance</i>, 1985): the centres and the row that is farthest
 * from them are {@code k + 1} rows, every two at least {@code r} apart, of which two share the
 * nearest of {@code k} best centres, so {@code r ≤ 2r*}. A patch is within {@code 2r*} of a centre
 * of its part, and that within {@code 2r*} of a chosen one. That asks for {@code k} centres from
 * every part that has as many, {@code k} being the size of the bank.
 *
 * <p><b>Exact</b>: the choices of one search of all patches, in their order. In each round every
 * part replies with those of its rows that are now the farthest, {@link Candidates} replays the
 * choices that cannot be others, and every part takes these into its distances.
 */
public final class CoresetSearch {
  /** Of each part, whatever their number. */
  private static final int MINIMUM_CANDIDATES = 16;

  private final PatchParts parts;
  private final Session.Options options;
  private final PatchCoreRecipe.Coreset choices;
  private final CoresetPlan plan;

  /**
   * A search. Asks each part for its patches.
   *
   * @param parts the patches
   * @param choices how many are chosen, and how
   * @param seed fixes every draw
   * @param options shows the progress, and may end an exact search early
   * @throws InputException if none are to be chosen
   */
  public CoresetSearch(
      PatchParts parts, PatchCoreRecipe.Coreset choices, long seed, Session.Options options) {
    this.parts = parts;
    this.options = options;
    this.choices = choices;
    List<Integer> counts = parts.each((part, number) -> part.count());
    int dimension = parts.each((part, number) -> part.dimension()).getFirst();
    this.plan = CoresetPlan.of(counts, dimension, choices, seed);
  }

  /**
   * {@return the composable coreset, its covering radius measured afterwards}. A covering radius
   * that is wanted is kept: of several parts half of it is asked of each search.
   *
   * @throws InputException if fewer patches differ than are wanted
   */
  public ChosenPatches composable() {
    CoresetPlan all = plan;
    double radius = all.parts() == 1 ? all.radius() : all.radius() / 2;
    Centres union =
        parts.together(
            (part, number) -> part.centres(all, radius),
            (centres, session) -> Centres.union(centres, session, all, radius));
    PatchParts.Shared<float[]> bank = parts.share(union.values());
    List<Double> squared = parts.each((part, number) -> part.squaredRadius(all, bank.get()));
    double coveringRadius = Math.sqrt(squared.stream().mapToDouble(each -> each).max().orElse(0));
    choices.requireDifferent(union.count(), coveringRadius, all.wanted(), all.patches());
    int proved = all.parts() == 1 ? 2 : 4;
    return result(union.rows(), union.origins(), coveringRadius, union.lowerBound(), proved, 2);
  }

  private ChosenPatches result(
      Tensor bank,
      Origins origins,
      double coveringRadius,
      double lowerBound,
      int provedFactor,
      int rounds) {
    boolean proved = plan.firstCentre() == PatchCoreRecipe.FirstCentre.RANDOM;
    return new ChosenPatches(
        bank,
        origins,
        plan.patches(),
        coveringRadius,
        lowerBound,
        proved ? provedFactor : 0,
        plan.directions(),
        plan.parts(),
        rounds);
  }

  /**
   * {@return the coreset of one search of all patches, by rounds}
   *
   * @throws InputException if fewer patches differ than are wanted
   */
  public ChosenPatches exact() {
    float[] start = start();
    List<PatchParts.Shared<float[]>> rounds = new ArrayList<>();
    long[] order = new long[plan.wanted()];
    int count = 0;
    Candidates candidates = round(start, rounds, wanted(0));
    try (Progress.Bar bar = options.progress().start("coreset", order.length)) {
      while (count < order.length && !options.interrupted().getAsBoolean()) {
        int[] chosen = candidates.choose(order.length - count, plan.radius() * plan.radius());
        if (chosen.length == 0) {
          break;
        }
        for (int candidate : chosen) {
          order[count++] = candidates.row(candidate);
        }
        rounds.add(parts.share(candidates.rows(chosen).data()));
        candidates = round(start, rounds, count == order.length ? 1 : wanted(chosen.length));
        bar.advance(chosen.length);
        bar.note(String.format(Locale.ROOT, "radius %.3f", candidates.coveringRadius()));
      }
    }
    double radius = candidates.coveringRadius();
    choices.requireDifferent(count, radius, order.length, plan.patches());
    long[] chosen = Arrays.copyOf(order, count);
    return result(
        gather(chosen),
        origins(chosen),
        radius,
        Centres.lowerBound(radius, plan),
        2,
        rounds.size() + 1);
  }

  /** The candidates of each part: twice its portion, as the farthest rows are not spread evenly. */
  private int wanted(int chosen) {
    int all = KCenterGreedy.wanted(chosen);
    return Math.min(all, Math.max(MINIMUM_CANDIDATES, Math.ceilDiv(2 * all, plan.parts())));
  }

  /** The rows from whose mean distances the search starts, if it does. */
  private float[] start() {
    if (plan.firstCentre() == PatchCoreRecipe.FirstCentre.RANDOM) {
      return new float[0];
    }
    CoresetPlan all = plan;
    long[] drawn = SearchSpace.startingRows(plan.seed(), plan.patches());
    return placed(
        drawn, parts.each((part, number) -> part.projected(all, all.within(number, drawn))));
  }

  private Candidates round(float[] start, List<PatchParts.Shared<float[]>> rounds, int wanted) {
    CoresetPlan all = plan;
    List<PatchParts.Shared<float[]>> before = new ArrayList<>(rounds);
    return Candidates.joined(
        parts.each((part, number) -> part.farthest(number, all, start, before, wanted)));
  }

  private Tensor gather(long[] rows) {
    CoresetPlan all = plan;
    float[] values =
        placed(rows, parts.each((part, number) -> part.patches(all.within(number, rows))));
    return Tensor.of(values, rows.length, values.length / rows.length);
  }

  private Origins origins(long[] rows) {
    CoresetPlan all = plan;
    List<Origins> found = parts.each((part, number) -> part.origins(all.within(number, rows)));
    int[] next = new int[found.size()];
    for (int part = 1; part < next.length; part++) {
      next[part] = next[part - 1] + found.get(part - 1).count();
    }
    return Origins.joined(found)
        .gather(Arrays.stream(rows).mapToInt(row -> next[part(row)]++).toArray());
  }

  /** Rows in their order, from the parts that have them. */
  private float[] placed(long[] rows, List<float[]> found) {
    int length = found.stream().mapToInt(some -> some.length).sum() / rows.length;
    float[] values = new float[rows.length * length];
    int[] next = new int[found.size()];
    for (int i = 0; i < rows.length; i++) {
      int part = part(rows[i]);
      System.arraycopy(found.get(part), next[part]++ * length, values, i * length, length);
    }
    return values;
  }

  private int part(long row) {
    int part = 0;
    while (row >= plan.first()[part + 1]) {
      part++;
    }
    return part;
  }

  /**
   * {@return the model with a memory bank of patches that were chosen here}
   *
   * @param chosen the patches
   * @param session whose weights are those of the parts
   * @throws InputException if no image could be read, or the images of two parts became of
   *     different sizes
   */
  public Model model(ChosenPatches chosen, Session session) {
    PatchCoreFit all = null;
    for (byte[] images : parts.each((part, number) -> part.images())) {
      if (images.length > 0) {
        PatchCoreFit fit = (PatchCoreFit) Fit.of(images, session);
        if (all == null) {
          all = fit;
        } else {
          merge(all, fit);
        }
      }
    }
    if (all == null) {
      throw new InputException("no image could be read; there is no memory bank");
    }
    all.keep(chosen);
    return all.finish();
  }

  private static void merge(PatchCoreFit all, PatchCoreFit more) {
    try {
      all.merge(more);
    } catch (IllegalArgumentException e) {
      throw new InputException("the images of one part and those before: " + e.getMessage(), e);
    }
  }
}
