package kintsugi.learn;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import kintsugi.detector.AnomalyDetector;
import kintsugi.detector.FeatureBatch;
import kintsugi.detector.FeatureCache;
import kintsugi.detector.Fit;
import kintsugi.detector.Methods;
import kintsugi.detector.Scores;
import kintsugi.detector.Session;
import kintsugi.metric.PixelHistogram;
import kintsugi.metric.PixelScores;
import kintsugi.scoremap.ScoreMaps;
import kintsugi.tensor.Tensor;

/**
 * The scores of one family of candidates by models that never saw the scored images: for each set
 * of folds a model is fitted to the normal images of these folds and scores the images of the
 * others.
 */
final class Trial {
  private final Session session;
  private final Family family;
  private final List<Item> items;
  private final FeatureGroup group;
  private final long seed;
  private final Budget budget;

  /**
   * A trial that has done nothing yet.
   *
   * @param group of the family's preprocessing and layers
   * @param seed of the fits
   */
  Trial(
      Session session,
      Family family,
      List<Item> items,
      FeatureGroup group,
      long seed,
      Budget budget) {
    this.session = session;
    this.family = family;
    this.items = items;
    this.group = group;
    this.seed = seed;
    this.budget = budget;
  }

  /**
   * The scores of one model.
   *
   * @param variants for each variant of the family one score per item, NaN where the item was not
   *     to be scored
   * @param minimum of each item's score map
   * @param maximum of each item's score map
   * @param aupro the area under the per-region overlap on the masked images; NaN without any
   * @param fitSeconds of the fit, without features
   * @param scoreSeconds per image in the fastest batch, without features
   * @param modelBytes of the model's tensors
   */
  record Scored(
      double[][] variants,
      double[] minimum,
      double[] maximum,
      double aupro,
      double fitSeconds,
      double scoreSeconds,
      long modelBytes) {}

  /**
   * Fits to the normal images of some folds and scores images.
   *
   * @param trained the folds of the normal images that are learnt
   * @param scored whether an item is to be scored; never one whose normal image was learnt
   * @throws Budget.Interrupted if that was asked for
   * @throws kintsugi.InputException if the fit fails
   */
  Scored run(List<Integer> trained, Predicate<Item> scored) {
    List<Item> learnt =
        items.stream()
            .filter(i -> i.truth() == Item.Truth.GOOD && trained.contains(i.fold()))
            .toList();
    try (Fit fit = Methods.named(family.fitted().method()).fit(session, family.fitted(), seed)) {
      int remaining = learnt.size();
      FeatureCache features = group.cache();
      Iterator<FeatureBatch> batches = features.batches(learnt.stream().map(Item::source).toList());
      while (batches.hasNext()) {
        budget.check();
        FeatureBatch batch = batches.next();
        fit.addFeatures(features.inputSize().orElseThrow(), batch, remaining);
        remaining -= batch.sources().size();
      }
      AnomalyDetector detector = fit.finish().detector();
      budget.check();
      return score(detector, scored, fit.fitSeconds());
    }
  }

  private Scored score(AnomalyDetector detector, Predicate<Item> wanted, double fitSeconds) {
    List<AnomalyDetector> variants = new ArrayList<>();
    family.variants().forEach(variant -> variants.add(detector.with(variant)));
    int[] places =
        IntStream.range(0, items.size()).filter(i -> wanted.test(items.get(i))).toArray();
    double[][] scores = new double[variants.size()][items.size()];
    double[] minimum = new double[items.size()];
    double[] maximum = new double[items.size()];
    for (double[] each : scores) {
      Arrays.fill(each, Double.NaN);
    }
    PixelScores pixels = new PixelHistogram();
    double fastest = Double.POSITIVE_INFINITY;
    int at = 0;
    Iterator<FeatureBatch> batches =
        group.cache().batches(Arrays.stream(places).mapToObj(i -> items.get(i).source()).toList());
    while (batches.hasNext()) {
      FeatureBatch batch = batches.next();
      budget.check();
      long start = System.nanoTime();
      Scores known = session.exclusively(() -> detector.score(batch.features()));
      double seconds = (System.nanoTime() - start) / 1e9;
      fastest = Math.min(fastest, seconds / batch.sources().size());
      for (int v = 0; v < scores.length; v++) {
        AnomalyDetector variant = variants.get(v);
        double[] images = session.exclusively(() -> variant.imageScores(batch.features(), known));
        for (int n = 0; n < images.length; n++) {
          scores[v][places[at + n]] = images[n];
        }
      }
      for (int n = 0; n < batch.sources().size(); n++, at++) {
        Tensor map = known.maps().part(n);
        minimum[places[at]] = ScoreMaps.min(map);
        maximum[places[at]] = ScoreMaps.max(map);
        add(items.get(places[at]), map, pixels);
      }
    }
    return new Scored(
        scores,
        minimum,
        maximum,
        pixels.hasBothKinds() ? pixels.aupro(PixelScores.FALSE_POSITIVE_LIMIT).value() : Double.NaN,
        fitSeconds,
        fastest,
        detector.tensors().values().stream().mapToLong(t -> t.bytes().capacity()).sum());
  }

  private void add(Item item, Tensor map, PixelScores pixels) {
    if (item.mask().isPresent() || item.truth() == Item.Truth.GOOD) {
      pixels.add(map.data(), group.labels(item, map));
    }
  }
}
