package kintsugi.detector;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import kintsugi.InputException;
import kintsugi.dataset.Sample;
import kintsugi.image.PictureReader;
import kintsugi.image.Pixels;
import kintsugi.metric.Bootstrap;
import kintsugi.metric.ConfusionMatrix;
import kintsugi.metric.ExactPixelScores;
import kintsugi.metric.PixelHistogram;
import kintsugi.metric.PixelScores;
import kintsugi.metric.RocCurve;
import kintsugi.scoremap.Regions;
import kintsugi.tensor.Tensor;
import org.apache.commons.math3.stat.descriptive.rank.Percentile;

/**
 * How a calibrated detector did on known pictures.
 *
 * @param outcomes one for each picture, in the order of the samples
 * @param roc the curve of their normalised scores
 * @param confusion the verdicts at the calibration's threshold
 * @param intervals how far the figures could be off
 * @param pixels empty where an anomalous picture has no mask
 */
public record Evaluation(
    List<Outcome> outcomes,
    RocCurve roc,
    ConfusionMatrix confusion,
    Bootstrap intervals,
    Optional<PixelFigures> pixels) {

  /**
   * How well the maps told wrong pixels from right ones.
   *
   * @param auroc area under the ROC of single pixels
   * @param aupro area under the per-region overlap up to a false-positive rate
   * @param f1 the best F1 of single pixels
   * @param f1Threshold the normalised map value that has it
   * @param falsePositiveLimit the rate up to which AUPRO looked
   */
  public record PixelFigures(
      PixelScores.Estimate auroc,
      PixelScores.Estimate aupro,
      PixelScores.Estimate f1,
      double f1Threshold,
      double falsePositiveLimit) {

    /** {@return the largest bound on what one of the figures can be off} */
    public double error() {
      return Math.max(auroc.error(), Math.max(aupro.error(), f1.error()));
    }
  }

  /**
   * How pixels are judged.
   *
   * @param exact whether every pixel's score is kept, eight bytes for each, or counted in a
   *     histogram
   * @param falsePositiveLimit up to which false-positive rate AUPRO looks
   */
  public record PixelOptions(boolean exact, double falsePositiveLimit) {
    /** A histogram, and the usual limit. */
    public static final PixelOptions USUAL =
        new PixelOptions(false, PixelScores.FALSE_POSITIVE_LIMIT);
  }

  /**
   * One picture.
   *
   * @param sample the picture and the truth
   * @param score the normalised score
   * @param foundAnomalous the verdict
   */
  public record Outcome(Sample sample, double score, boolean foundAnomalous) {

    /** {@return whether the verdict is the truth} */
    public boolean isRight() {
      return sample.anomalous() == foundAnomalous;
    }
  }

  /**
   * One picture while its map is at hand.
   *
   * @param model what scored and judged it
   * @param outcome the verdict
   * @param scored the map
   * @param mask what is wrong in it; null where that is not known
   */
  public record Seen(Model model, Outcome outcome, AnomalyDetector.Scored scored, Pixels mask) {}

  /**
   * How one class of pictures did.
   *
   * @param label normal, or a kind of defect
   * @param pictures how many there are
   * @param right how many verdicts are the truth
   * @param accuracy their share
   * @param auroc against all normal pictures; NaN for these themselves
   * @param lowest the lowest score
   * @param lowerQuartile a quarter of the scores lies below
   * @param median half of them
   * @param upperQuartile three quarters
   * @param highest the highest score
   */
  public record ClassOutcome(
      String label,
      int pictures,
      int right,
      double accuracy,
      double auroc,
      double lowest,
      double lowerQuartile,
      double median,
      double upperQuartile,
      double highest) {}

  /**
   * Scores the samples.
   *
   * @param session the engine, the weights and the threads
   * @param model a calibrated one; its seed fixes the draws of the confidence intervals
   * @param samples the pictures and the truth
   * @param options how pixels are judged
   * @param observer sees each picture while its map is at hand
   * @return how it did
   * @throws InputException if of either kind none can be read
   */
  public static Evaluation of(
      Session session,
      Model model,
      List<Sample> samples,
      PixelOptions options,
      Consumer<Seen> observer) {
    AnomalyDetector detector = model.detector();
    Calibration calibration = model.calibration().orElseThrow();
    Map<Path, Sample> byFile =
        samples.stream().collect(Collectors.toMap(Sample::file, Function.identity(), (a, b) -> a));
    List<Outcome> outcomes = new ArrayList<>();
    boolean masked = samples.stream().allMatch(Sample::hasPixelTruth);
    PixelScores pixels = options.exact ? new ExactPixelScores() : new PixelHistogram();
    detector.score(
        session,
        samples.stream().map(Sample::file).toList(),
        "test",
        scored -> {
          double score = calibration.normalise(scored.score());
          Sample sample = byFile.get(scored.file());
          Outcome outcome = new Outcome(sample, score, calibration.isAnomalous(score));
          outcomes.add(outcome);
          var mask = sample.mask() == null ? null : mask(sample, scored);
          if (masked) {
            pixels.add(scored.map().data(), labels(detector, mask, scored.map()));
          }
          observer.accept(new Seen(model, outcome, scored, mask));
        });
    double[] scores = outcomes.stream().mapToDouble(Outcome::score).toArray();
    boolean[] anomalous = new boolean[scores.length];
    int found = 0;
    for (int i = 0; i < scores.length; i++) {
      anomalous[i] = outcomes.get(i).sample().anomalous();
      found += anomalous[i] ? 1 : 0;
    }
    if (found == 0 || found == scores.length) {
      throw new InputException(
          samples.getFirst().file().getParent()
              + ": an evaluation needs readable normal and anomalous pictures");
    }
    return new Evaluation(
        List.copyOf(outcomes),
        RocCurve.of(scores, anomalous),
        ConfusionMatrix.of(scores, anomalous, calibration.threshold()),
        Bootstrap.of(scores, anomalous, calibration.threshold(), model.seed()),
        masked && pixels.hasBothKinds()
            ? Optional.of(judged(pixels, options, calibration))
            : Optional.empty());
  }

  private static PixelFigures judged(
      PixelScores pixels, PixelOptions options, Calibration calibration) {
    PixelScores.BestF1 best = pixels.bestF1();
    return new PixelFigures(
        pixels.auroc(),
        pixels.aupro(options.falsePositiveLimit),
        best.f1(),
        calibration.normalise(best.threshold()),
        options.falsePositiveLimit);
  }

  /**
   * Normal pictures first, then the kinds of defects by name.
   *
   * @return one outcome for each class
   */
  public List<ClassOutcome> classes() {
    Map<String, List<Outcome>> byLabel =
        outcomes.stream()
            .collect(
                Collectors.groupingBy(o -> o.sample.label(), TreeMap::new, Collectors.toList()));
    List<Outcome> normal = outcomes.stream().filter(o -> !o.sample.anomalous()).toList();
    List<ClassOutcome> classes = new ArrayList<>();
    classes.add(classOutcome(Sample.NORMAL, normal, List.of()));
    byLabel.forEach(
        (label, of) -> {
          if (of.getFirst().sample.anomalous()) {
            classes.add(classOutcome(label, of, normal));
          }
        });
    return classes;
  }

  private static ClassOutcome classOutcome(String label, List<Outcome> of, List<Outcome> normal) {
    double[] scores = of.stream().mapToDouble(Outcome::score).sorted().toArray();
    int right = (int) of.stream().filter(Outcome::isRight).count();
    Percentile percentile = new Percentile();
    percentile.setData(scores);
    return new ClassOutcome(
        label,
        scores.length,
        right,
        (double) right / scores.length,
        normal.isEmpty() ? Double.NaN : auroc(of, normal),
        scores[0],
        percentile.evaluate(25),
        percentile.evaluate(50),
        percentile.evaluate(75),
        scores[scores.length - 1]);
  }

  private static double auroc(List<Outcome> anomalous, List<Outcome> normal) {
    List<Outcome> both = new ArrayList<>(anomalous);
    both.addAll(normal);
    boolean[] truth = new boolean[both.size()];
    Arrays.fill(truth, 0, anomalous.size(), true);
    return RocCurve.of(both.stream().mapToDouble(Outcome::score).toArray(), truth).area();
  }

  /** A sample's mask, which must be of its picture's size. */
  private static Pixels mask(Sample sample, AnomalyDetector.Scored scored) {
    var mask = PictureReader.read(sample.mask());
    if (mask.width() != scored.picture().width() || mask.height() != scored.picture().height()) {
      throw new InputException(
          sample.mask()
              + ": is "
              + mask.width()
              + "x"
              + mask.height()
              + ", its picture "
              + scored.picture().width()
              + "x"
              + scored.picture().height()
              + "; name a folder of masks that belong to the pictures");
    }
    return mask;
  }

  /** The regions of a mask, null for none, as the score map sees them. */
  private static int[] labels(AnomalyDetector detector, Pixels mask, Tensor map) {
    if (mask == null) {
      return new int[map.size()];
    }
    return Regions.label(
        detector.recipe().preprocessing().project(mask, map.dim(1), map.dim(0)), 1);
  }
}
