package kintsugi.book;

import static kintsugi.book.Example.GREYS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import kintsugi.detector.Scored;
import kintsugi.metric.ConfusionMatrix;
import kintsugi.metric.ExactPixelScores;
import kintsugi.metric.RocCurve;
import kintsugi.metric.ThresholdRule;
import kintsugi.scoremap.Regions;
import kintsugi.tensor.Tensor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** The figures and tables of part I: the scores of the running example's PaDiM. */
class TaskFiguresTest {
  private static final String CHAPTER = "1-task";

  @AfterAll
  static void release() {
    Example.release();
  }

  @Test
  void images() throws IOException {
    Concrete normal = Example.TEST.get(0);
    Concrete anomalous = Example.TEST.get(31);
    Figure figure = new Figure(760, 290, "A normal image, an anomalous one, and its mask");
    image(figure.plot(60, 36, 190, 190), "normal", normal.grey(56));
    image(figure.plot(310, 36, 190, 190), "anomalous", anomalous.grey(56));
    float[] mask = labels(anomalous, 56);
    image(figure.plot(560, 36, 190, 190), "its mask", mask);
    Book.figure("task-images", figure);
  }

  private static void image(Plot plot, String title, float[] values) {
    float high = "its mask".equals(title) ? 1 : 220;
    plot.title(title)
        .raster(values, 56, "its mask".equals(title) ? 0 : 60, high, GREYS)
        .grid("column, blocks of 4 pixels", 56, "row", 56, 0, 28, 56);
  }

  private static float[] labels(Concrete image, int side) {
    float[] mask = new float[side * side];
    int step = Concrete.SIDE / side;
    image.anomalous().stream()
        .forEach(p -> mask[p / Concrete.SIDE / step * side + p % Concrete.SIDE / step] = 1);
    return mask;
  }

  @Test
  void scores() throws IOException {
    double[] test = test();
    boolean[] truth = Example.truth(Example.TEST);
    double threshold = chosen();
    double[] normal = of(test, truth, false);
    double[] anomalous = of(test, truth, true);
    Figure figure = new Figure(760, 210, "Image scores of 30 normal and 30 anomalous images");
    figure
        .plot(110, 30, 620, 120)
        .across("image score (Mahalanobis distance, no unit)", 6, 36, 10, 15, 20, 25, 30, 35)
        .up("", 0, 3)
        .dots(normal, filled(normal.length, 1), 5, Figure.BLUE)
        .crosses(anomalous, filled(anomalous.length, 2), 4, Figure.ORANGE)
        .mark(threshold, Figure.GREY, "threshold " + two(threshold));
    figure.text(102, 114, "end", Figure.BLUE, "normal");
    figure.text(102, 74, "end", Figure.ORANGE, "anomalous");
    Book.figure("task-scores", figure);
    ConfusionMatrix confusion = ConfusionMatrix.of(test, truth, threshold);
    Book.table(
        CHAPTER,
        "confusion",
        """
        | | predicted normal | predicted anomalous |
        |---|---|---|
        | normal, %d images | true negatives: %d | false positives: %d |
        | anomalous, %d images | false negatives: %d | true positives: %d |
        """
            .formatted(
                normal.length,
                confusion.tn(),
                confusion.fp(),
                anomalous.length,
                confusion.fn(),
                confusion.tp()));
  }

  @Test
  void roc() throws IOException {
    RocCurve curve = RocCurve.of(test(), Example.truth(Example.TEST));
    double[] x = curve.points().stream().mapToDouble(RocCurve.Point::falsePositiveRate).toArray();
    double[] y = curve.points().stream().mapToDouble(RocCurve.Point::truePositiveRate).toArray();
    Figure figure = new Figure(440, 400, "ROC of 60 test images");
    figure
        .plot(80, 20, 320, 320)
        .across("false-positive rate", 0, 1, 0, 0.25, 0.5, 0.75, 1)
        .up("true-positive rate", 0, 1, 0, 0.25, 0.5, 0.75, 1)
        .area(x, y, Figure.BLUE)
        .line(new double[] {0, 1}, new double[] {0, 1}, Figure.GREY, true)
        .line(x, y, Figure.BLUE, false)
        .note(0.45, 0.3, Figure.BLUE, "area " + four(curve.area()));
    Book.figure("task-roc", figure);
    assertThat(pairs()).isCloseTo(curve.area(), within(1e-12));
  }

  /** The fraction of pairs in which the anomalous image has the higher score. */
  private static double pairs() {
    double[] scores = test();
    boolean[] truth = Example.truth(Example.TEST);
    double won = 0;
    double[] normal = of(scores, truth, false);
    double[] anomalous = of(scores, truth, true);
    for (double bad : anomalous) {
      for (double good : normal) {
        won += bad > good ? 1 : bad == good ? 0.5 : 0;
      }
    }
    return won / normal.length / anomalous.length;
  }

  @Test
  void overlap() throws IOException {
    List<Scored> scored = Example.padimOf(Example.TEST);
    ExactPixelScores exact = new ExactPixelScores();
    int[][] regions = new int[scored.size()][];
    for (int i = 0; i < regions.length; i++) {
      float[] mask = labels(Example.TEST.get(i), Concrete.SIDE);
      regions[i] = Regions.label(Tensor.of(mask, Concrete.SIDE, Concrete.SIDE), 0.5);
      exact.add(scored.get(i).map().data(), regions[i]);
    }
    double[] x = new double[46];
    double[] y = new double[46];
    for (int t = 1; t < x.length; t++) {
      overlap(scored, regions, 28 - 0.57 * t, t, x, y);
    }
    int last = (int) Arrays.stream(x).filter(v -> v <= 0.3).count() + 1;
    y[last - 1] =
        y[last - 2]
            + (y[last - 1] - y[last - 2]) * (0.3 - x[last - 2]) / (x[last - 1] - x[last - 2]);
    x[last - 1] = 0.3;
    Figure figure = new Figure(560, 360, "Per-region overlap against the pixels' false positives");
    figure
        .plot(80, 20, 440, 280)
        .across("false-positive rate of pixels", 0, 0.3, 0, 0.1, 0.2, 0.3)
        .up("per-region overlap", 0, 1, 0, 0.25, 0.5, 0.75, 1)
        .area(Arrays.copyOf(x, last), Arrays.copyOf(y, last), Figure.GREEN)
        .line(Arrays.copyOf(x, last), Arrays.copyOf(y, last), Figure.GREEN, false)
        .note(0.12, 0.4, Figure.GREEN, "AUPRO " + four(exact.aupro(0.3).value()));
    Book.figure("task-overlap", figure);
    Book.table(
        CHAPTER,
        "pixels",
        """
        | metric of the 60 test images | value |
        |---|---|
        | image AUROC | %s |
        | pixel AUROC | %s |
        | AUPRO, false positives up to 0.3 | %s |
        | best pixel F1 | %s |
        """
            .formatted(
                four(RocCurve.of(test(), Example.truth(Example.TEST)).area()),
                four(exact.auroc().value()),
                four(exact.aupro(0.3).value()),
                four(exact.bestF1().f1().value())));
  }

  private static void overlap(
      List<Scored> scored, int[][] regions, double threshold, int at, double[] x, double[] y) {
    long normal = 0;
    long wrong = 0;
    int count = 0;
    double overlap = 0;
    for (int i = 0; i < regions.length; i++) {
      float[] map = scored.get(i).map().data();
      int most = Arrays.stream(regions[i]).max().orElse(0);
      int[] size = new int[most + 1];
      int[] found = new int[most + 1];
      for (int p = 0; p < map.length; p++) {
        size[regions[i][p]]++;
        found[regions[i][p]] += map[p] >= threshold ? 1 : 0;
      }
      normal += size[0];
      wrong += found[0];
      for (int region = 1; region <= most; region++, count++) {
        overlap += (double) found[region] / size[region];
      }
    }
    x[at] = (double) wrong / normal;
    y[at] = overlap / count;
  }

  @Test
  void threshold() throws IOException {
    double[] scores = calibration();
    boolean[] truth = Example.truth(Example.CALIBRATE);
    double[] x = IntStream.rangeClosed(0, 120).mapToDouble(i -> 8 + 0.2 * i).toArray();
    double[] alarms = new double[x.length];
    double[] misses = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      ConfusionMatrix confusion = ConfusionMatrix.of(scores, truth, x[i]);
      alarms[i] = confusion.fp() / 30.0;
      misses[i] = confusion.fn() / 30.0;
    }
    Figure figure = new Figure(660, 340, "Both rates of error against the threshold");
    figure
        .plot(80, 30, 540, 250)
        .across("threshold (the unit of the image score)", 8, 32, 10, 15, 20, 25, 30)
        .up("rate on 30 + 30 calibration images", 0, 1, 0, 0.25, 0.5, 0.75, 1)
        .line(x, alarms, Figure.BLUE, false)
        .line(x, misses, Figure.ORANGE, true)
        .mark(chosen(), Figure.GREY, "maximum F1: " + two(chosen()))
        .note(12.6, 0.72, Figure.BLUE, "false positives")
        .note(23, 0.86, Figure.ORANGE, "false negatives");
    Book.figure("task-threshold", figure);
  }

  private static double chosen() {
    return ThresholdRule.MAX_F1.threshold(calibration(), Example.truth(Example.CALIBRATE));
  }

  private static double[] calibration() {
    return Example.scores(Example.padimOf(Example.CALIBRATE));
  }

  private static double[] test() {
    return Example.scores(Example.padimOf(Example.TEST));
  }

  static double[] of(double[] scores, boolean[] truth, boolean wanted) {
    return IntStream.range(0, scores.length)
        .filter(i -> truth[i] == wanted)
        .mapToDouble(i -> scores[i])
        .toArray();
  }

  static double[] filled(int count, double value) {
    double[] filled = new double[count];
    Arrays.fill(filled, value);
    return filled;
  }

  static String two(double value) {
    return String.format(Locale.ROOT, "%.2f", value);
  }

  static String four(double value) {
    return String.format(Locale.ROOT, "%.4f", value);
  }
}
