package kintsugi.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import kintsugi.OutputFolder;
import kintsugi.dataset.SyntheticConcrete;
import kintsugi.detector.AnomalyDetector;
import kintsugi.detector.Choices;
import kintsugi.detector.Scored;
import kintsugi.engine.Border;
import kintsugi.engine.Engine;
import kintsugi.engine.Gaussians;
import kintsugi.engine.RowMatrix;
import kintsugi.engine.Upsampling;
import kintsugi.image.ImageSource;
import kintsugi.lesson.LessonImages;
import kintsugi.lesson.Topic;
import kintsugi.metric.Conformal;
import kintsugi.metric.ConfusionMatrix;
import kintsugi.metric.RocCurve;
import kintsugi.metric.ThresholdRule;
import kintsugi.padim.Cholesky;
import kintsugi.padim.GaussianAccumulator;
import kintsugi.padim.PadimDetector;
import kintsugi.padim.PadimRecipe;
import kintsugi.patchcore.KCenterGreedy;
import kintsugi.patchcore.MemoryBank;
import kintsugi.patchcore.PatchCoreRecipe;
import kintsugi.scoremap.ImageScore;
import kintsugi.scoremap.ScoreMaps;
import kintsugi.tensor.Tensor;
import org.apache.commons.math3.analysis.interpolation.LinearInterpolator;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.EigenDecomposition;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.assertj.core.api.SoftAssertions;
import org.assertj.core.data.Offset;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;

/** The playable pages in a real browser: a knob that is turned has the value that Java computes. */
class LessonPagesTest extends PageFixture {
  private static final long SEED = 1;

  /** More than an embedding has elements, so that a covariance can be of full rank. */
  private static final int LEARNT = 106;

  /** Of the patches that PatchCore's pages use. */
  private static final int PATCHCORE_IMAGES = 16;

  private static final Percentage ROUNDING = Percentage.withPercentage(1e-3);
  private static final Pattern LINK = Pattern.compile("data-book=\"([^\"]+)\"");

  /** What the library computes for the settings of each page's knobs. */
  private final Map<String, Supplier<List<Setting>>> settings =
      Map.of(
          "threshold", this::threshold,
          "gaussian", this::gaussian,
          "mahalanobis", this::mahalanobis,
          "coreset", this::coreset,
          "nearest", this::nearest,
          "score", this::score,
          "kernels", this::kernels);

  /**
   * A page's knobs, and what is then to be read.
   *
   * @param knobs by their ids, in the order they are turned
   * @param readings by their ids
   */
  private record Setting(Map<String, Integer> knobs, Map<String, Double> readings) {}

  private LessonImages images;
  private LessonImages manyImages;

  @BeforeAll
  void drawImages() {
    List<ImageSource> all = SyntheticConcrete.draw(LEARNT + 1, 1, SEED);
    images =
        new LessonImages(
            all.subList(0, LEARNT),
            all.subList(LEARNT, LEARNT + 1),
            all.subList(LEARNT + 1, LEARNT + 2));
    List<ImageSource> many = SyntheticConcrete.draw(50, 21, SEED, 0.05);
    manyImages = new LessonImages(many.subList(0, 20), many.subList(20, 50), many.subList(50, 71));
  }

  static Stream<String> names() {
    return Topic.ALL.stream().map(Topic::name);
  }

  @ParameterizedTest
  @MethodSource("names")
  void aKnobThatIsTurnedHasTheValueThatJavaComputes(String name) throws Exception {
    assertThat(settings).as("settings for a new page").containsKey(name);
    Path page = open(name);
    assertThat(Files.size(page)).isLessThan(5_000_000);
    SoftAssertions compared = new SoftAssertions();
    for (Setting setting : settings.get(name).get()) {
      setting.knobs().forEach(this::turn);
      setting
          .readings()
          .forEach(
              (id, expected) ->
                  compared
                      .assertThat(read(id))
                      .as("%s of %s at %s", id, name, setting.knobs())
                      .isCloseTo(expected, ROUNDING));
    }
    compared.assertAll();
    assertEachLinkLeads(Files.readString(page));
    browser.assertAccessible("lesson-" + name);
    browser.phone(360, 740);
    assertThat((Long) browser.run("return document.documentElement.scrollWidth;")).isEqualTo(360);
    browser.assertClean();
  }

  /** Opens a page, which is made when it is first opened. */
  private Path open(String name) {
    Topic topic = Topic.ALL.stream().filter(t -> t.name().equals(name)).findAny().orElseThrow();
    Path page = folder.resolve(LessonReport.file(topic));
    if (!Files.exists(page)) {
      try (OutputFolder out = LessonReport.open(folder, topic, List.of())) {
        LessonImages some = topic.compared() == Topic.Compared.ANOMALOUS ? manyImages : images;
        LessonReport.write(
            out, topic, "./kintsugi lesson " + name, topic.maker().of(kintsugi, some, SEED));
      }
    }
    browser.open(page);
    browser.assertClean();
    return page;
  }

  @Test
  void aValueIsTextOfFourDigits() {
    open("gaussian");
    assertThat(
            browser.run(
                "return [0, 123456, 0.000123456, 99999.9, -0.00056789, 1e-6, 12.34567, 4, Infinity,"
                    + " NaN].map(short);"))
        .isEqualTo(
            List.of(
                "0",
                "1.235e+5",
                "1.235e-4",
                "1e+5",
                "-5.679e-4",
                "1e-6",
                "12.35",
                "4",
                "∞",
                "none"));
  }

  @Test
  void whatHasNoDistanceSaysWhy() {
    open("gaussian");
    int d = ((Number) browser.run("return D;")).intValue();
    // The default images: more than there are channels, some of which ReLU leaves at 0 in all.
    int flat = ((Number) browser.run("return Number(byId('constant').dataset.value);")).intValue();
    assertThat(flat).isPositive();
    turn("epsilon", 0);
    assertThat(text("distance")).isEqualTo("none");
    assertThat(text("condition")).isEqualTo("∞");
    assertThat(text("said"))
        .startsWith(
            "The images that were learnt from differ in " + (d - flat) + " of " + d + " directions")
        .contains("the same value in all of them")
        .endsWith("there is no distance.");
    turn("images-used", 2);
    assertThat(text("rank")).isEqualTo("1");
    assertThat(text("said")).contains("2 images differ in at most 1, and ");
    turn("epsilon", 17);
    assertThat(text("said")).endsWith("all of the variance is ε = 0.01.");
    turn("b", ((Number) browser.run("return Number(byId('a').value);")).intValue());
    assertThat(text("plane")).isEqualTo("none");
    assertThat(browser.run("return drawn.get('scatter').legend.legendItems.map(l => l.lineDash);"))
        .asInstanceOf(InstanceOfAssertFactories.LIST)
        .endsWith(List.of(), List.of(7L, 3L), List.of(2L, 3L));
  }

  @Test
  void aFilmObeysKeysAndButtons() {
    open("coreset");
    WebElement step = browser.find("#step");
    WebElement run = browser.find("#run");
    assertThat(browser.run("return byId('said').textContent;").toString())
        .contains("choose the same patches in the same order");
    turn("step", 0);
    assertThat(browser.find("#back").isEnabled()).isFalse();
    step.sendKeys(Keys.ARROW_RIGHT);
    assertThat(text("step-value")).isEqualTo("1 of 100");
    browser.find("#on").click();
    assertThat(text("step-value")).isEqualTo("2 of 100");
    assertThat(text("passes")).isEqualTo("2");
    browser.find("#back").click();
    assertThat(text("step-value")).isEqualTo("1 of 100");
    for (Runnable other :
        List.<Runnable>of(
            () -> browser.find("#on").click(),
            () -> browser.find("#back").click(),
            () -> step.sendKeys(Keys.ARROW_RIGHT))) {
      run.click();
      assertThat(run.getText()).isEqualTo("Stop");
      assertThat(browser.find("#said").getDomAttribute("aria-live")).isEqualTo("off");
      other.run();
      assertThat(run.getText()).isEqualTo("Play");
      assertThat(browser.find("#said").getDomAttribute("aria-live")).isEqualTo("polite");
    }
    turn("step", 100);
    assertThat(browser.find("#on").isEnabled()).isFalse();
  }

  @Test
  void whatCountsIsSaidInWords() {
    open("nearest");
    turn("k", 2);
    List<WebElement> items = browser.all("#neighbours li");
    assertThat(items).hasSize(9);
    assertThat(images.train())
        .extracting(ImageSource::fileName)
        .anyMatch(items.get(0).getText()::contains);
    assertThat(items.get(1).getText()).contains(", counts");
    assertThat(items.get(2).getText()).contains("not counted");
    String scale = text("scale-high");
    turn("bank", 2);
    assertThat(text("scale-high")).isEqualTo(scale);
    assertThat(browser.find("#test").getDomAttribute("aria-label"))
        .contains("whose score is " + text("distance"));
    assertThat(browser.all("output")).allMatch(o -> "off".equals(o.getDomAttribute("aria-live")));
  }

  @Test
  void aRuleMovesTheThresholdAndAPromiseNeedsEnoughImages() {
    open("threshold");
    turn("counted", 0);
    turn("rate", 20);
    browser.find("#promise").click();
    assertThat(read("p-value")).isLessThanOrEqualTo(0.1);
    assertThat(text("threshold-value")).isEqualTo(text("promise-threshold"));
    assertThat(read("paid")).isEqualTo(read("promise-cost"));
    browser.find("#max-f1").click();
    assertThat(read("paid")).isEqualTo(read("max-f1-cost"));
    browser.find("#youden").click();
    assertThat(read("paid")).isEqualTo(read("youden-cost"));
    turn("rate", 12);
    assertThat(browser.find("#promise").isEnabled()).isFalse();
    assertThat(text("promise-threshold")).isEqualTo("none");
    assertThat(text("said"))
        .endsWith("The promise needs 16 normal images in the calibration, which has 15.");
  }

  @Test
  void newImagesAreNewOnlyToAThresholdThatWasNotMovedOnThem() {
    open("threshold");
    turn("counted", 0);
    assertThat(text("said")).startsWith("Your threshold costs ");
    browser.find("#youden").click();
    turn("counted", 1);
    assertThat(text("said")).doesNotContain("no longer new");
    turn("threshold", 500);
    assertThat(text("said")).contains("for it these images are no longer new.");
    turn("counted", 0);
    assertThat(text("said")).doesNotContain("no longer new");
  }

  @Test
  void eachImageLiesWhereTheThresholdPutsIt() {
    open("threshold");
    turn("counted", 0);
    turn("threshold", 0);
    assertThat(browser.all("#passed li")).isEmpty();
    assertThat(browser.all("#rejected li")).hasSize(15 + 11);
    assertThat(browser.all("#rejected li.wrong"))
        .hasSize(15)
        .allMatch(e -> e.getText().equals("false alarm"));
    turn("threshold", 1000);
    assertThat(browser.all("#passed li.wrong"))
        .hasSize(11)
        .allMatch(e -> e.getText().equals("missed"));
    browser.drag("#histogram", 0.9, 0.5, 0.3, 0.5);
    assertThat((Long) browser.run("return Number(byId('threshold').value);")).isBetween(100L, 400L);
    turn("counted", 1);
    assertThat(browser.all("#passed li, #rejected li")).hasSize(15 + 10);
  }

  private String text(String id) {
    return (String) browser.run("return byId('%s').textContent;".formatted(id));
  }

  /** Knobs and what each is turned to, in the order in which they are turned. */
  private static Map<String, Integer> knobs(Object... idsAndValues) {
    Map<String, Integer> knobs = new LinkedHashMap<>();
    for (int i = 0; i < idsAndValues.length; i += 2) {
      knobs.put((String) idsAndValues[i], (Integer) idsAndValues[i + 1]);
    }
    return knobs;
  }

  /** By key as by script, and by mouse where a point can be dragged. */
  @Test
  void aSliderTakesKeysAndASampleIsDragged() {
    open("kernels");
    double before = read("blurred");
    browser.find("#sigma").sendKeys(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT);
    assertThat(browser.run("return byId('sigma-value').textContent;")).isEqualTo("2.2");
    assertThat(read("blurred")).isNotEqualTo(before);
    List<?> place =
        (List<?>)
            browser.run(
                """
                const chart = drawn.get("line");
                const { x, y } = chart.getDatasetMeta(0).data[2];
                return [x / chart.width, y / chart.height, chart.scales.y.getPixelForValue(0) / chart.height];
                """);
    double[] at = place.stream().mapToDouble(each -> ((Number) each).doubleValue()).toArray();
    browser.drag("#line", at[0], at[1], at[0], at[2]);
    assertThat((Long) browser.run("return Number(byId('sample').value);")).isEqualTo(2);
    assertThat(((Number) browser.run("return samples[2] / TOP;")).doubleValue())
        .isCloseTo(0, Offset.offset(0.01));
  }

  /** A slider, a list, or places one of which is chosen. */
  private void turn(String id, Object value) {
    browser.run(
        """
        const knob = document.querySelector('input[name="%1$s"][value="%2$s"]') ?? byId('%1$s');
        if (knob.type === 'radio') knob.checked = true; else knob.value = '%2$s';
        knob.dispatchEvent(new Event('input', { bubbles: true }));
        """
            .formatted(id, value));
  }

  private double read(String id) {
    return ((Number) browser.run("return Number(byId('%s').dataset.value);".formatted(id)))
        .doubleValue();
  }

  /** Every link into the book leads to a heading or a word of it. */
  private static void assertEachLinkLeads(String page) throws Exception {
    for (Matcher link = LINK.matcher(page); link.find(); ) {
      String[] parts = link.group(1).split("#");
      String text = Files.readString(Path.of("docs/book", parts[0] + ".md"));
      if (parts.length == 2) {
        List<String> anchors = new ArrayList<>();
        text.lines()
            .filter(line -> line.startsWith("#"))
            .map(line -> line.replaceFirst("#+ ", "").toLowerCase(java.util.Locale.ROOT))
            .map(line -> line.replaceAll("[^\\p{L}\\p{N} -]", "").replace(' ', '-'))
            .forEach(anchors::add);
        assertThat(anchors.contains(parts[1]) || text.contains("<a id=\"" + parts[1] + "\">"))
            .as(link.group(1))
            .isTrue();
      }
    }
  }

  /** A place that the page offers, as a position of the patch grid. */
  private int position(int place) {
    return ((Number)
            browser.run(
                "const p = numbers.positions[%d]; return p.row * numbers.columns + p.column;"
                    .formatted(place)))
        .intValue();
  }

  private int start() {
    return ((Number) browser.run("return numbers.start;")).intValue();
  }

  private List<Setting> threshold() {
    AnomalyDetector detector = kintsugi.fit(PadimRecipe.PAPER, SEED, manyImages.train()).detector();
    double[] normal = scores(detector, manyImages.heldOut());
    double[] anomalous = scores(detector, manyImages.tests());
    return List.of(
        threshold(normal, anomalous, 0, 500, 3, 20),
        threshold(normal, anomalous, 1, 300, 6, 40),
        threshold(normal, anomalous, 0, 150, 0, 13),
        threshold(normal, anomalous, 0, 1000, 8, 60),
        threshold(normal, anomalous, 1, 0, 2, 25));
  }

  private static double[] scores(AnomalyDetector detector, List<ImageSource> some) {
    try (Stream<Scored> scored = detector.score(some, "images")) {
      return scored.mapToDouble(one -> (float) one.score()).toArray();
    }
  }

  private Setting threshold(
      double[] normal, double[] anomalous, int counted, int stop, int cost, int rate) {
    double[] all = joined(normal, anomalous);
    double low = Arrays.stream(all).min().orElseThrow();
    double high = Arrays.stream(all).max().orElseThrow();
    double margin = 0.02 * (high - low);
    double threshold = low - margin + (high - low + 2 * margin) * stop / 1000;
    double[] known = everySecond(normal, 0);
    double[] calibration = joined(known, everySecond(anomalous, 0));
    boolean[] labels = labels(known.length, calibration.length);
    double[] half = everySecond(normal, counted);
    double[] scores = joined(half, everySecond(anomalous, counted));
    boolean[] truth = labels(half.length, scores.length);
    ConfusionMatrix now = ConfusionMatrix.of(scores, truth, threshold);
    double missed = new double[] {0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000}[cost];
    ToDoubleFunction<Double> costAt =
        t -> {
          ConfusionMatrix at = ConfusionMatrix.of(scores, truth, t);
          return at.fp() + missed * at.fn();
        };
    RocCurve roc = RocCurve.of(scores, truth);
    double youden = ThresholdRule.YOUDEN.threshold(calibration, labels);
    double maxF1 = ThresholdRule.MAX_F1.threshold(calibration, labels);
    double promise =
        ThresholdRule.parse("conformal:" + rate / 200.0).threshold(calibration, labels);
    Map<String, Double> readings = new LinkedHashMap<>();
    readings.put("tn", (double) now.tn());
    readings.put("fp", (double) now.fp());
    readings.put("fn", (double) now.fn());
    readings.put("tp", (double) now.tp());
    readings.put("paid", costAt.applyAsDouble(threshold));
    readings.put(
        "lowest",
        roc.points().stream()
            .map(RocCurve.Point::threshold)
            .mapToDouble(costAt)
            .min()
            .orElseThrow());
    readings.put("youden-cost", costAt.applyAsDouble(youden));
    readings.put("max-f1-cost", costAt.applyAsDouble(maxF1));
    readings.put("promise-cost", costAt.applyAsDouble(promise));
    readings.put("tpr", now.recall());
    readings.put("fpr", now.falsePositiveRate());
    readings.put("f1", now.f1());
    readings.put("j", now.recall() - now.falsePositiveRate());
    readings.put("auroc", roc.area());
    int atLeast = (int) Arrays.stream(known).filter(score -> score >= threshold).count();
    readings.put("p-value", Conformal.pValue(atLeast, known.length));
    readings.put("youden-threshold", youden);
    readings.put("max-f1-threshold", maxF1);
    readings.put("promise-threshold", promise);
    return new Setting(
        knobs("counted", counted, "threshold", stop, "cost", cost, "rate", rate), readings);
  }

  private static double[] joined(double[] first, double[] second) {
    return DoubleStream.concat(Arrays.stream(first), Arrays.stream(second)).toArray();
  }

  private static double[] everySecond(double[] values, int from) {
    return IntStream.range(0, values.length)
        .filter(i -> i % 2 == from)
        .mapToDouble(i -> values[i])
        .toArray();
  }

  private static boolean[] labels(int normals, int count) {
    boolean[] anomalous = new boolean[count];
    Arrays.fill(anomalous, normals, count, true);
    return anomalous;
  }

  private List<Setting> gaussian() {
    return List.of(
        gaussian(start(), 17, LEARNT, 3, 40),
        gaussian(2, 13, 30, 0, 99),
        gaussian(11, 29, 5, 12, 7));
  }

  private Setting gaussian(int place, int stop, int count, int a, int b) {
    double epsilon = Math.pow(10, (stop - 1) / 4.0 - 6);
    PadimRecipe recipe =
        (PadimRecipe) Choices.with(PadimRecipe.PAPER, Map.of("epsilon", "" + epsilon));
    List<ImageSource> learnt = images.train().subList(0, count);
    AnomalyDetector detector = kintsugi.fit(recipe, SEED, learnt).detector();
    int position = position(place);
    float[][] x = patches(detector, learnt, position);
    int d = x[0].length;
    GaussianAccumulator sums = new GaussianAccumulator(1, 1, d);
    for (float[] one : x) {
      sums.add(
          Tensor.of(one, 1, 1, 1, d), kintsugi.session().engine(), kintsugi.session().parallel());
    }
    double[] mean = sums.mean(0);
    double[] sigma = sums.covariance(0, epsilon);
    double[] alone = sums.covariance(0, 0);
    double[] spread = IntStream.range(0, d).mapToDouble(i -> at(alone, i, i)).toArray();
    double[] without =
        new EigenDecomposition(new Array2DRowRealMatrix(full(alone, d))).getRealEigenvalues();
    double[] values =
        new EigenDecomposition(new Array2DRowRealMatrix(full(sigma, d))).getRealEigenvalues();
    double largest = Arrays.stream(values).max().orElseThrow();
    double smallest = Arrays.stream(values).min().orElseThrow();
    Scored test = detector.score(images.test());
    double[] plane = {
      at(sigma, Math.max(a, b), Math.min(a, b)),
      test.patch(position)[a] - mean[a],
      test.patch(position)[b] - mean[b]
    };
    double determinant = at(sigma, a, a) * at(sigma, b, b) - plane[0] * plane[0];
    double inPlane =
        Math.sqrt(
            (at(sigma, b, b) * plane[1] * plane[1]
                    - 2 * plane[0] * plane[1] * plane[2]
                    + at(sigma, a, a) * plane[2] * plane[2])
                / determinant);
    assertThat(Cholesky.factor(sigma, d)).isEqualTo(d);
    double sum = 0;
    for (float[] one : x) {
      sum += distance(sigma, mean, one);
    }
    return new Setting(
        knobs("place", place, "epsilon", stop, "images-used", count, "a", a, "b", b),
        Map.of(
            "epsilon-value",
            epsilon,
            "distance",
            (double) test.distances().data()[position],
            "distance-normal",
            (double) detector.score(images.normal()).distances().data()[position],
            "distance-train",
            sum / count,
            "plane",
            inPlane,
            "largest",
            largest,
            "smallest",
            smallest,
            "condition",
            largest / smallest,
            "constant",
            (double) IntStream.range(0, d).filter(i -> spread[i] == 0).count(),
            "rank",
            (double) Arrays.stream(without).filter(v -> v > 1e-9 * largest).count()));
  }

  private static float[][] patches(AnomalyDetector detector, List<ImageSource> some, int position) {
    try (Stream<Scored> scored = detector.score(some, "patches")) {
      return scored.map(one -> one.patch(position)).toArray(float[][]::new);
    }
  }

  private static double at(double[] triangle, int i, int j) {
    return triangle[Gaussians.triangle(i) + j];
  }

  private static double[][] full(double[] triangle, int d) {
    double[][] full = new double[d][d];
    for (int i = 0; i < d; i++) {
      for (int j = 0; j <= i; j++) {
        full[i][j] = at(triangle, i, j);
        full[j][i] = full[i][j];
      }
    }
    return full;
  }

  private static double distance(double[] factor, double[] mean, float[] x) {
    double[] solved = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      solved[i] = x[i] - mean[i];
    }
    double[] delta = solved.clone();
    Cholesky.solve(factor, x.length, solved);
    double squared = 0;
    for (int i = 0; i < x.length; i++) {
      squared += delta[i] * solved[i];
    }
    return Math.sqrt(squared);
  }

  private List<Setting> mahalanobis() {
    PadimDetector detector =
        (PadimDetector) kintsugi.fit(PadimRecipe.PAPER, SEED, images.train()).detector();
    return List.of(
        mahalanobis(detector, start(), 0, 1),
        mahalanobis(detector, start(), 0, 6),
        mahalanobis(detector, 7, 1, 4),
        mahalanobis(detector, 19, 0, 12));
  }

  /** The first rows of a triangular system are a system of their own. */
  private Setting mahalanobis(PadimDetector detector, int place, int patch, int step) {
    int position = position(place);
    Scored scored = detector.score(patch == 0 ? images.test() : images.normal());
    float[] x = Arrays.copyOf(scored.patch(position), step);
    float[] triangle = detector.gaussians().factor(position);
    double[] factor = new double[Gaussians.triangle(step)];
    Arrays.setAll(factor, i -> triangle[i]);
    float[] all = detector.gaussians().mean(position);
    double[] mean = new double[step];
    double[] solved = new double[step];
    Arrays.setAll(mean, i -> all[i]);
    Arrays.setAll(solved, i -> x[i] - mean[i]);
    Cholesky.solve(factor, step, solved);
    return new Setting(
        knobs("place", place, "patch", patch, "shown", 12, "step", step),
        Map.of(
            "y",
            solved[step - 1] * at(factor, step - 1, step - 1),
            "so-far",
            distance(factor, mean, x),
            "distance",
            (double) scored.distances().data()[position],
            "engine",
            (double) scored.distances().data()[position]));
  }

  private List<Setting> coreset() {
    String base64 = (String) browser.run("return data.numbers.rows;");
    int d = ((Number) browser.run("return data.numbers.dimension;")).intValue();
    float[] values = floats(base64);
    Tensor rows = Tensor.of(values, values.length / d, d);
    return List.of(coreset(rows, 0, 1), coreset(rows, 77, 40), coreset(rows, 499, 100));
  }

  private Setting coreset(Tensor rows, int first, int step) {
    RowMatrix matrix = RowMatrix.of(rows);
    double[] start = KCenterGreedy.startAt(first, rows.dim(0));
    KCenterGreedy.Coreset chosen = KCenterGreedy.textbook(matrix, start.clone(), step, 0);
    KCenterGreedy search =
        new KCenterGreedy(matrix, kintsugi.session().engine().index(matrix), start);
    int rounds = 0;
    int before = 0;
    while (search.count() < step) {
      before = search.count();
      search.chooseMore(100, 0);
      rounds++;
    }
    return new Setting(
        knobs("first", first, "step", step),
        Map.of(
            "passes",
            (double) step,
            "radius",
            chosen.coveringRadius(),
            "bound",
            chosen.coveringRadius() / 2,
            "last",
            (double) chosen.order()[step - 1],
            "rounds",
            (double) rounds,
            "certain",
            (double) search.count() - before));
  }

  private List<Setting> nearest() {
    PatchCoreRecipe few =
        (PatchCoreRecipe) Choices.with(PatchCoreRecipe.ANOMALIB, Map.of("ratio", "0.001"));
    List<ImageSource> learnt = images.train().subList(0, PATCHCORE_IMAGES);
    AnomalyDetector detector = kintsugi.fit(few, SEED, learnt).detector();
    Scored test = detector.score(images.test());
    List<float[]> patches = new ArrayList<>();
    try (Stream<Scored> scored = detector.score(learnt, "patches")) {
      scored.forEach(
          one -> {
            for (int position = 0; position < one.distances().size(); position++) {
              patches.add(one.patch(position));
            }
          });
    }
    int d = patches.getFirst().length;
    Tensor rows = Tensor.zeros(patches.size(), d);
    for (int i = 0; i < patches.size(); i++) {
      System.arraycopy(patches.get(i), 0, rows.data(), i * d, d);
    }
    RowMatrix matrix = RowMatrix.of(rows);
    int first = new Random(SEED).nextInt(rows.dim(0));
    double[] start = KCenterGreedy.startAt(first, rows.dim(0));
    int[] order =
        new KCenterGreedy(matrix, kintsugi.session().engine().index(matrix), start)
            .choose(rows.dim(0) / 10, 0)
            .order();
    MemoryBank whole = MemoryBank.of(rows, kintsugi.session().engine());
    MemoryBank tenth = MemoryBank.of(matrix.gather(order), kintsugi.session().engine());
    MemoryBank hundredth =
        MemoryBank.of(
            matrix.gather(Arrays.copyOf(order, rows.dim(0) / 100)), kintsugi.session().engine());
    int columns = test.distances().dim(1);
    return List.of(
        nearest(whole, test, 0, 3, columns, 1),
        nearest(whole, test, 0, 20 * columns + 11, columns, 9),
        nearest(tenth, test, 1, 9 * columns + 20, columns, 2),
        nearest(hundredth, test, 2, 16 * columns + 30, columns, 4));
  }

  private Setting nearest(
      MemoryBank bank, Scored test, int which, int position, int columns, int k) {
    float[] p = test.patch(position);
    PatchCoreRecipe.Scoring scoring =
        new PatchCoreRecipe.Scoring(
            k, false, OptionalInt.empty(), PatchCoreRecipe.ANOMALIB.scoring().image());
    int count = test.distances().size();
    float[] all = new float[count * p.length];
    for (int i = 0; i < count; i++) {
      System.arraycopy(test.patch(i), 0, all, i * p.length, p.length);
    }
    float[] distances =
        bank.distances(Tensor.of(all, 1, count / columns, columns, p.length), scoring).data();
    double distance = distances[position];
    Arrays.sort(distances);
    double median = (distances[(count - 1) / 2] + (double) distances[count / 2]) / 2;
    double closest =
        Math.sqrt(bank.index().nearest(Tensor.of(p, 1, p.length), 1).squaredDistance()[0]);
    double weight = bank.weight(p, 9);
    return new Setting(
        knobs("row", position / columns, "column", position % columns, "bank", which, "k", k),
        Map.of(
            "distance",
            distance,
            "weight",
            weight,
            "weighted",
            weight * closest,
            "maximum",
            (double) distances[count - 1],
            "median",
            median));
  }

  private List<Setting> score() {
    PatchCoreRecipe recipe =
        (PatchCoreRecipe) Choices.with(PatchCoreRecipe.ANOMALIB, Map.of("ratio", "0.02"));
    List<ImageSource> learnt = images.train().subList(0, PATCHCORE_IMAGES);
    AnomalyDetector detector = kintsugi.fit(recipe, SEED, learnt).detector();
    return List.of(
        score(detector, 8, 0, 0, 9),
        score(detector, 0, 1, 1, 9),
        score(detector, 3, 2, 2, 5),
        score(detector, 40, 1, 3, 1),
        score(detector, 13, 0, 5, 4));
  }

  private Setting score(AnomalyDetector detector, int stop, int border, int rule, int neighbours) {
    Tensor[] maps = new Tensor[2];
    double[] scores = new double[2];
    Tensor bank = detector.tensors().get("memory_bank").tensor();
    MemoryBank memory = MemoryBank.of(bank, kintsugi.session().engine());
    double first = 0;
    for (int i = 0; i < 2; i++) {
      Scored scored = detector.score(i == 0 ? images.test() : images.normal());
      Tensor d = scored.distances();
      maps[i] =
          new ScoreMaps(Upsampling.BILINEAR, stop / 2.0, Border.values()[border])
              .compute(
                  kintsugi.session().engine(), d.reshape(1, d.dim(0), d.dim(1)), detector.tiles())
              .part(0);
      float[] worst = scored.patch(scored.batch().patches().worst(scored.index()));
      double weight = memory.weight(worst, neighbours);
      first = i == 0 ? weight : first;
      scores[i] =
          switch (rule) {
            case 0 -> ImageScore.MAX.of(maps[i]);
            case 1 -> ImageScore.MEAN.of(maps[i]);
            case 2 -> ImageScore.parse("top-1%").of(maps[i]);
            case 3 -> ImageScore.parse("top-100").of(maps[i]);
            default -> weight * ScoreMaps.max(d);
          };
    }
    return new Setting(
        Map.of("sigma", stop, "border", border, "rule", rule, "neighbours", neighbours),
        Map.of(
            "score",
            scores[0],
            "score-normal",
            scores[1],
            "quotient",
            scores[0] / scores[1],
            "highest",
            ScoreMaps.max(maps[0]),
            "mean",
            ImageScore.MEAN.of(maps[0]),
            "weight",
            first));
  }

  private List<Setting> kernels() {
    float[] samples = floats((String) browser.run("return data.numbers.samples;"));
    double top = 1.25 * ScoreMaps.max(Tensor.of(samples, 1, samples.length));
    return List.of(
        kernels(samples, top, 4, 700, 4, 0, 20, 24, 0, 17),
        kernels(samples, top, 0, 990, 8, 3, 35, 14, 1, 0),
        kernels(samples, top, 7, 15, 5, 2, 8, 3, 2, 39),
        // Fewer coefficients than four standard deviations, no blur, and the lowest sigma that
        // blurs.
        kernels(samples, top, 3, 400, 6, 0, 50, 4, 0, 1),
        kernels(samples, top, 2, 100, 3, 0, 0, 24, 1, 12),
        kernels(samples, top, 2, 100, 3, 1, 2, 24, 1, 11),
        kernels(samples, top, 6, 1000, 7, 1, 60, 24, 2, 55));
  }

  /**
   * Turns sample, value, factor, upsampling, sigma, most coefficients, border and pixel, in this
   * order.
   */
  private Setting kernels(float[] samples, double top, int... at) {
    samples[at[0]] = (float) (top * at[1] / 1000);
    int out = samples.length * at[2];
    Upsampling[] kinds = {Upsampling.BILINEAR, null, Upsampling.NEAREST, Upsampling.BICUBIC};
    Engine engine = kintsugi.session().engine();
    Tensor line =
        kinds[at[3]] == null
            ? aligned(samples, out)
            : engine.upsample(
                Tensor.of(samples.clone(), 1, 1, samples.length), 1, out, kinds[at[3]]);
    double sigma = at[4] / 10.0;
    float[] kernel = cut(ScoreMaps.gaussian(sigma), at[5]);
    Tensor smooth = engine.blur(line, kernel, Border.values()[at[6]]);
    Map<String, Integer> knobs = new LinkedHashMap<>();
    List<String> names =
        List.of("sample", "value", "factor", "upsampling", "sigma", "most", "border", "pixel");
    names.forEach(name -> knobs.put(name, at[names.indexOf(name)]));
    return new Setting(
        knobs,
        Map.of(
            "enlarged", (double) line.data()[at[7]],
            "blurred", (double) smooth.data()[at[7]],
            "middle", (double) kernel[kernel.length / 2],
            "length", (double) kernel.length,
            "cut", beyond(sigma, kernel.length / 2),
            "mean", ImageScore.MEAN.of(line),
            "mean-blurred", ImageScore.MEAN.of(smooth)));
  }

  /** Bilinear with aligned corners, which the library does not have. */
  private static Tensor aligned(float[] samples, int out) {
    double[] places = IntStream.range(0, samples.length).asDoubleStream().toArray();
    double[] values = new double[samples.length];
    Arrays.setAll(values, k -> samples[k]);
    var between = new LinearInterpolator().interpolate(places, values);
    Tensor line = Tensor.zeros(1, 1, out);
    for (int i = 0; i < out; i++) {
      line.data()[i] = (float) between.value(i * (samples.length - 1.0) / (out - 1));
    }
    return line;
  }

  /** The part of a Gaussian's sum over the integers that is beyond some of them. */
  private static double beyond(double sigma, int reach) {
    double[] parts = new double[2];
    for (int x = -100; x <= 100; x++) {
      double part = x == 0 ? 1 : Math.exp(-x * x / (2 * sigma * sigma));
      parts[Math.abs(x) > reach ? 1 : 0] += part;
    }
    return parts[1] / (parts[0] + parts[1]);
  }

  /** The middle of a kernel, scaled to the sum 1. */
  private static float[] cut(float[] kernel, int reach) {
    int middle = kernel.length / 2;
    int kept = Math.min(reach, middle);
    float[] some = Arrays.copyOfRange(kernel, middle - kept, middle + kept + 1);
    double sum = 0;
    for (float weight : some) {
      sum += weight;
    }
    for (int i = 0; i < some.length; i++) {
      some[i] = (float) (some[i] / sum);
    }
    return some;
  }

  private static float[] floats(String base64) {
    FloatBuffer floats =
        ByteBuffer.wrap(Base64.getDecoder().decode(base64))
            .order(ByteOrder.LITTLE_ENDIAN)
            .asFloatBuffer();
    float[] values = new float[floats.remaining()];
    floats.get(values);
    return values;
  }
}
