package kintsugi.learn;

import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import kintsugi.InputException;
import kintsugi.Kintsugi;
import kintsugi.dataset.Sample;
import kintsugi.detector.Session;
import kintsugi.image.Decoding;
import kintsugi.metric.ThresholdRule;

/**
 * Learning on one's own images: looks at them, tries candidates by cross-validation within a
 * budget, fits the chosen one to all good images, and calibrates it with the scores of images that
 * the scoring models never saw.
 *
 * <pre>{@code
 * Learnt learnt = new Learn(kintsugi, options, listener).run(good, bad);
 * kintsugi.save(learnt.model(), Path.of("part.safetensors"));
 * }</pre>
 */
public final class Learn {
  /** Good images below which nothing can be held out. */
  private static final int FEWEST = 6;

  /** Good images that candidates are judged by; the chosen one learns all. */
  private static final int JUDGING_GOOD = 300;

  /** Bad images that candidates are judged by. */
  private static final int JUDGING_BAD = 150;

  /** Bad images from which on the threshold weighs them against the good ones. */
  private static final int BAD_FOR_THRESHOLD = 10;

  /** The fraction of good images below the threshold, where there are few bad ones. */
  private static final ThresholdRule ALONE = new ThresholdRule(ThresholdRule.Kind.QUANTILE, 0.98);

  private final Kintsugi kintsugi;
  private final Session session;
  private final Options options;
  private final Listener listener;
  private final Function<Survey, List<Family>> candidates;

  /**
   * The limits of learning.
   *
   * @param time for everything, the final fit and the calibration included
   * @param msPerImage the most milliseconds that the model may take per image
   * @param seed fixes every draw
   * @param interrupted whether to end at once with the best so far
   */
  public record Options(Duration time, double msPerImage, long seed, BooleanSupplier interrupted) {}

  /** The receiver of what is found on the way. */
  public interface Listener {
    /**
     * Takes in the survey, before any candidate is tried.
     *
     * @param survey of the good images
     */
    void survey(Survey survey);

    /**
     * Takes in candidates that share a fit.
     *
     * @param rows their figures
     */
    void rows(List<Learnt.Row> rows);

    /**
     * Takes in what is done next.
     *
     * @param step in a few words
     */
    void step(String step);
  }

  /**
   * Learning that has not begun.
   *
   * @param kintsugi the library
   * @param options the limits
   * @param listener of what is found on the way
   */
  public Learn(Kintsugi kintsugi, Options options, Listener listener) {
    this(kintsugi, options, listener, survey -> Candidates.of(survey.width(), survey.height()));
  }

  /** The same with candidates of one's own. */
  Learn(
      Kintsugi kintsugi,
      Options options,
      Listener listener,
      Function<Survey, List<Family>> candidates) {
    this.kintsugi = kintsugi;
    this.candidates = candidates;
    this.session = kintsugi.session();
    this.options = options;
    this.listener = listener;
  }

  /**
   * Learns.
   *
   * @param goodSamples normal images
   * @param badSamples anomalous images; may be empty
   * @return a calibrated model, and why it is this one
   * @throws InputException if there are too few good images, one cannot be read, or no candidate
   *     can be fitted
   */
  public Learnt run(List<Sample> goodSamples, List<Sample> badSamples) {
    Budget budget = new Budget(options.time(), options.interrupted());
    List<Surveyed> good = Survey.look(session, goodSamples);
    List<Surveyed> bad = Repeats.distinct(Survey.look(session, badSamples));
    List<Surveyed> distinct = Repeats.distinct(good);
    double readSeconds = budget.elapsed() / Math.max(1, good.size() + bad.size());
    requireEnough(good.size(), distinct.size());
    Decoding decoding = Decoding.DEFAULT.withMaxPixels(session.options().maxPixels());
    Survey survey = Survey.of(good, decoding);
    listener.survey(survey);
    List<Item> items =
        Items.of(
            Items.sample(distinct, JUDGING_GOOD, options.seed()),
            Items.sample(bad, JUDGING_BAD, options.seed()),
            decoding,
            options.seed());
    Costs costs = Costs.of(items, good.size(), readSeconds);
    Search search =
        new Search(kintsugi, options, listener, items, candidates.apply(survey), costs, budget);
    search.tryAll();
    return search.finish(survey, good, bad.size());
  }

  private static void requireEnough(int good, int distinct) {
    if (distinct < FEWEST) {
      throw new InputException(
          good
              + " readable good images"
              + (distinct < good
                  ? " with only " + distinct + " different content" + (distinct == 1 ? "" : "s")
                  : "")
              + " cannot be split into three folds; learn from at least "
              + FEWEST
              + (distinct < good ? " different ones" : "")
              + ", better 50 or more, or fit a recipe to them");
    }
  }

  /** The rule of the threshold for a count of bad images. */
  static ThresholdRule rule(long bad) {
    return bad >= BAD_FOR_THRESHOLD ? ThresholdRule.YOUDEN : ALONE;
  }
}
