package kintsugi.bench;

import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import kintsugi.InputException;
import kintsugi.Kintsugi;
import kintsugi.bench.suite.Arguments;
import kintsugi.bench.suite.Places;
import kintsugi.detector.Calibration;
import kintsugi.detector.CalibrationImage;
import kintsugi.detector.Drift;
import kintsugi.detector.Methods;
import kintsugi.detector.Model;
import kintsugi.detector.Scored;
import kintsugi.detector.Verdict;
import kintsugi.image.ImageSource;
import kintsugi.image.Pixels;
import kintsugi.metric.ThresholdRule;
import org.apache.commons.math3.stat.StatUtils;
import org.apache.commons.math3.util.CombinatoricsUtils;

/**
 * The promise on real images: how often a threshold of a promised rate of false alarms rejects good
 * images that it was not found with, over random splits; after how many images a change of the
 * brightness is found; and whether a long stream without a change raises an alarm. The model is
 * fitted once, and the images are scored once.
 */
public final class Promise {
  private static final int SPLITS = 200;
  private static final double[] RATES = {0.01, 0.02, 0.05, 0.1};
  private static final double[] BRIGHTNESS = {1.1, 0.9};
  private static final int WITHIN = 200;
  private static final int LONG = 20_000;
  private static final int STREAMS = 20;

  private final Model model;
  private final List<Calibration.Seen> clean;
  private final List<List<Calibration.Seen>> changed;
  private final int calibrated;

  private Promise(
      Model model,
      List<Calibration.Seen> clean,
      List<List<Calibration.Seen>> changed,
      int calibrated) {
    this.model = model;
    this.clean = clean;
    this.changed = changed;
    this.calibrated = calibrated;
  }

  /**
   * Runs.
   *
   * @param arguments a folder of good images, a recipe such as {@code padim/matlab}, how many
   *     images the model is fitted to, and how many calibrate it; the rest is tested
   * @throws Exception if a file cannot be read
   */
  public static void main(String[] arguments) throws Exception {
    Arguments.exit(
        () -> {
          measure(new Arguments("--promise", arguments, 4));
          return 0;
        });
  }

  private static void measure(Arguments arguments) {
    Path folder = Places.of(arguments.word(0, "a folder of good images"));
    String recipe = arguments.word(1, "a recipe, such as padim/matlab");
    int fitted = arguments.number(2, "how many images the model is fitted to");
    int calibrated = arguments.number(3, "how many images calibrate it");
    try (Kintsugi kintsugi = Kintsugi.open()) {
      List<ImageSource> images = new ArrayList<>(kintsugi.images(folder));
      if (images.size() <= fitted + calibrated) {
        throw new InputException(
            folder
                + ": has "
                + images.size()
                + " images, none to test; fit or calibrate with fewer");
      }
      Collections.shuffle(images, new Random(1));
      Model model = kintsugi.fit(Methods.recipe(recipe), 1, images.subList(0, fitted));
      List<ImageSource> rest = images.subList(fitted, images.size());
      Promise promise =
          new Promise(
              model,
              seen(model, rest),
              Arrays.stream(BRIGHTNESS)
                  .mapToObj(factor -> seen(model, brighter(rest, factor)))
                  .toList(),
              calibrated);
      System.out.printf(
          Locale.ROOT,
          "%s, %s: fitted to %d images, calibrated with %d, tested with %d; %d splits%n",
          folder,
          model.recipe().name(),
          fitted,
          promise.calibrated,
          promise.clean.size() - promise.calibrated,
          SPLITS);
      for (double rate : RATES) {
        promise.rate(rate);
      }
      for (int i = 0; i < BRIGHTNESS.length; i++) {
        promise.change(i);
      }
      promise.unchanged();
    }
  }

  private static List<Calibration.Seen> seen(Model model, List<ImageSource> images) {
    try (Stream<Scored> scored = model.detector().score(images, "score")) {
      return scored.map(image -> Calibration.Seen.of(image, model.recipe())).toList();
    }
  }

  private static List<ImageSource> brighter(List<ImageSource> images, double factor) {
    return images.stream()
        .map(
            source ->
                ImageSource.computed(
                    source.name(), decoding -> brighter(source.read(decoding), factor)))
        .toList();
  }

  private static Pixels brighter(Pixels image, double factor) {
    byte[] rgb = new byte[image.rgb().length];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) Math.min(255, Math.rint((image.rgb()[i] & 0xff) * factor));
    }
    return new Pixels(image.width(), image.height(), rgb);
  }

  private List<Integer> order(int split) {
    List<Integer> order = new ArrayList<>(IntStream.range(0, clean.size()).boxed().toList());
    Collections.shuffle(order, new Random(1000 + split));
    return order;
  }

  private Calibration calibration(List<Integer> order, ThresholdRule rule) {
    List<Calibration.Seen> normal = order.subList(0, calibrated).stream().map(clean::get).toList();
    return Calibration.of(model.recipe().display(), normal, List.of(), rule);
  }

  private static CalibrationImage image(Calibration calibration, Calibration.Seen seen) {
    return seen.normalised(calibration.low(), calibration.high());
  }

  /** How often a promised rate is kept. */
  private void rate(double rate) {
    ThresholdRule rule = ThresholdRule.parse("conformal:" + rate);
    if (rule.shortage(calibrated).isPresent()) {
      System.out.println("promised " + rate + ": " + rule.shortage(calibrated).orElseThrow());
      return;
    }
    int tested = clean.size() - calibrated;
    int above = 0;
    long rejected = 0;
    for (int split = 0; split < SPLITS; split++) {
      List<Integer> order = order(split);
      Calibration calibration = calibration(order, rule);
      long found =
          order.subList(calibrated, clean.size()).stream()
              .map(i -> image(calibration, clean.get(i)).score())
              .filter(score -> calibration.verdict(score) == Verdict.ANOMALOUS)
              .count();
      rejected += found;
      above += found > rate * tested ? 1 : 0;
    }
    double mean = (double) rejected / SPLITS / tested;
    int rank = (int) Math.floor((calibrated + 1) * rate + 1e-9);
    double share = shareAbove(rank, tested, rate);
    System.out.printf(
        Locale.ROOT,
        "promised %.2f: rejected %.4f on average (expected %.4f); %d splits above the rate, expected"
            + " %.0f ± %.0f%n",
        rate,
        mean,
        rank / (calibrated + 1.0),
        above,
        SPLITS * share,
        1.96 * Math.sqrt(SPLITS * share * (1 - share)));
  }

  /**
   * The probability that more than the rate of the tested images lie above the calibration's image
   * of a rank from above: a negative hypergeometric distribution.
   */
  private double shareAbove(int rank, int tested, double rate) {
    double share = 0;
    for (int found = tested; found > rate * tested; found--) {
      share +=
          Math.exp(
              logBinomial(found + rank - 1, found)
                  + logBinomial(tested - found + calibrated - rank, tested - found)
                  - logBinomial(tested + calibrated, tested));
    }
    return share;
  }

  private static double logBinomial(int n, int k) {
    return CombinatoricsUtils.factorialLog(n)
        - CombinatoricsUtils.factorialLog(k)
        - CombinatoricsUtils.factorialLog(n - k);
  }

  private ThresholdRule highest() {
    return ThresholdRule.parse(calibrated >= 99 ? "conformal:0.01" : "quantile:1");
  }

  /** After how many images a change is found: half of the tested images come before it. */
  private void change(int which) {
    int before = (clean.size() - calibrated) / 2;
    List<Integer> delays = new ArrayList<>();
    List<Integer> distances = new ArrayList<>();
    int early = 0;
    for (int split = 0; split < SPLITS; split++) {
      List<Integer> order = order(split);
      Calibration calibration = calibration(order, highest());
      Drift drift = Drift.of(calibration);
      for (int i : order.subList(calibrated, calibrated + before)) {
        drift.observe(image(calibration, clean.get(i)), Instant.EPOCH);
      }
      if (drift.status().alarm()) {
        early++;
        continue;
      }
      List<Integer> rest = order.subList(calibrated + before, order.size());
      Random random = new Random(split);
      int delay = 0;
      while (delay < 10 * WITHIN && !drift.status().alarm()) {
        int i = delay < rest.size() ? rest.get(delay) : rest.get(random.nextInt(rest.size()));
        drift.observe(image(calibration, changed.get(which).get(i)), Instant.EPOCH);
        delay++;
      }
      delays.add(drift.status().alarm() ? delay : Integer.MAX_VALUE);
      drift.status().since().ifPresent(since -> distances.add((int) since - before - 1));
    }
    System.out.printf(
        Locale.ROOT,
        "brightness times %.1f after %d images: found after %.0f (median), %.0f (90 %%), %.0f (longest);"
            + " within %d in %d of %d; %d alarms before; told to begin at image %.0f (5 %%) to"
            + " %.0f (95 %%) of the change%n",
        BRIGHTNESS[which],
        before,
        percentile(delays, 50),
        percentile(delays, 90),
        percentile(delays, 100),
        WITHIN,
        delays.stream().filter(delay -> delay <= WITHIN).count(),
        delays.size(),
        early,
        percentile(distances, 5),
        percentile(distances, 95));
  }

  private static double percentile(List<Integer> values, double percent) {
    return StatUtils.percentile(values.stream().mapToDouble(i -> i).toArray(), percent);
  }

  /** Long streams that are drawn, with repetition, from the images that did not calibrate. */
  private void unchanged() {
    int alarms = 0;
    double highest = 0;
    for (int stream = 0; stream < STREAMS; stream++) {
      List<Integer> order = order(stream);
      Calibration calibration = calibration(order, highest());
      Drift drift = Drift.of(calibration);
      Random random = new Random(stream);
      for (int i = 0; i < LONG; i++) {
        int drawn = order.get(calibrated + random.nextInt(clean.size() - calibrated));
        Drift.Status status = drift.observe(image(calibration, clean.get(drawn)), Instant.EPOCH);
        highest = Math.max(highest, status.statistic());
      }
      alarms += drift.status().alarm() ? 1 : 0;
    }
    System.out.printf(
        Locale.ROOT,
        "%d streams of %d images without a change: %d alarms, highest statistic %.2f of %.0f%n",
        STREAMS,
        LONG,
        alarms,
        highest,
        Drift.LIMIT);
  }
}
