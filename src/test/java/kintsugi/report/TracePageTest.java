package kintsugi.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import kintsugi.OutputFolder;
import kintsugi.detector.Choices;
import kintsugi.detector.Methods;
import kintsugi.detector.Model;
import kintsugi.detector.Origin;
import kintsugi.detector.Stage;
import kintsugi.experiment.Trace;
import kintsugi.experiment.TrainingPatch;
import kintsugi.image.ImageSource;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openqa.selenium.By;
import org.openqa.selenium.WebElement;

/**
 * The page of a trace in a real browser: each value is the trace's, and each crop and box lies
 * where the patch lies. Red is the column of a pixel of these images and green its row.
 */
class TracePageTest extends PageFixture {
  private static final int SIDE = 256;

  private Path normal;
  private Path anomalous;

  @BeforeAll
  void drawImages() throws IOException {
    normal = Files.createDirectory(folder.resolve("normal"));
    anomalous = Files.createDirectory(folder.resolve("anomalous"));
    for (int i = 0; i < 4; i++) {
      write(normal.resolve("n" + i + ".png"), 16 * i, 0);
      write(anomalous.resolve("a" + i + ".png"), 16 * i, 10 + 10 * i);
    }
  }

  /** A square without light at the right of the middle. */
  private static void write(Path file, int blue, int square) throws IOException {
    BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < SIDE; y++) {
      for (int x = 0; x < SIDE; x++) {
        boolean dark = x >= 170 && x < 170 + square && y >= 120 && y < 120 + square;
        image.setRGB(x, y, dark ? 0 : Math.min(x, 254) << 16 | y << 8 | blue);
      }
    }
    ImageIO.write(image, "png", file.toFile());
  }

  private Trace shown(String method, Optional<Trace.Position> at) {
    Map<String, String> small = Map.of("resize", "144x144", "crop", "128x128");
    Model model =
        kintsugi.fit(Choices.with(Methods.recipe(method), small), 1, kintsugi.images(normal));
    model = kintsugi.calibrate(model, normal, anomalous);
    ImageSource image = ImageSource.of(anomalous.resolve("a1.png"));
    Trace trace = Trace.of(model, image, new Trace.Wanted(at, false, kintsugi.images(normal)));
    Path to = folder.resolve(method.replace('/', '-'));
    try (OutputFolder out = TraceReport.open(to, image)) {
      TraceReport.write(out, model, image, "./kintsugi trace", trace);
    }
    browser.open(to.resolve("trace.html"));
    return trace;
  }

  private static BufferedImage image(WebElement element) throws IOException {
    String url = element.getDomAttribute("src");
    byte[] png = Base64.getDecoder().decode(url.substring(url.indexOf(',') + 1));
    return ImageIO.read(new ByteArrayInputStream(png));
  }

  private static int rgb(BufferedImage image, double x, double y) {
    return image.getRGB((int) x, (int) y) & 0xffffff;
  }

  @ParameterizedTest
  @ValueSource(strings = {"padim/anomalib", "patchcore/matlab"})
  void everyStepHasTheValuesOfTheTrace(String method) {
    Trace trace = shown(method, Optional.empty());
    assertThat(browser.find("#summary").getText())
        .contains(
            String.format(
                Locale.ROOT,
                "a1.png: %s, score %.4f. The patch inspected is row %d, column %d,",
                trace.anomalous() ? "anomalous" : "normal",
                trace.score(),
                trace.row(),
                trace.column()));
    List<WebElement> figures = browser.all("#steps figure");
    assertThat(figures).hasSameSizeAs(trace.stages());
    for (int i = 0; i < figures.size(); i++) {
      Stage stage = trace.stages().get(i);
      String text = figures.get(i).getText();
      assertThat(text).startsWith((i + 1) + ". " + stage.name() + "\n").contains(stage.source());
      stage.notes().forEach(note -> assertThat(text).contains(note));
      String unit = stage.unit().equals("1") ? "pure number" : stage.unit();
      assertThat(text).contains("unit\n" + unit + "\n");
      figures
          .get(i)
          .findElements(By.cssSelector(".scale .faint"))
          .forEach(below -> assertThat(below.getText()).isEqualTo(unit));
      Matcher range = Pattern.compile("from … to\n(\\S+) … (\\S+)\n").matcher(text);
      assertThat(range.find()).as(text).isTrue();
      double[] ends = ends(stage.value().data());
      assertClose(Double.parseDouble(range.group(1)), ends[0]);
      assertClose(Double.parseDouble(range.group(2)), ends[1]);
      bars(stage, figures.get(i));
    }
    browser.assertClean();
  }

  private static double[] ends(float[] values) {
    double[] ends = {Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY};
    for (float value : values) {
      ends[0] = Math.min(ends[0], value);
      ends[1] = Math.max(ends[1], value);
    }
    return ends;
  }

  /** Five digits are shown. */
  private static void assertClose(double shown, double value) {
    assertThat(shown).isCloseTo(value, within(1e-4 * Math.abs(value)));
  }

  private void bars(Stage stage, WebElement figure) {
    boolean spectrum = stage.kind() == Stage.Kind.SPECTRUM;
    if (!spectrum && (stage.kind() != Stage.Kind.VECTOR || stage.value().size() == 1)) {
      return;
    }
    List<?> chart =
        (List<?>)
            browser.run(
                "const figure = document.querySelectorAll('#steps figure')["
                    + "[...document.querySelectorAll('#steps h2')].findIndex(h => h.textContent.endsWith('"
                    + stage.name()
                    + "'))]; const chart = Chart.getChart(figure.querySelector('canvas'));"
                    + " return [chart.data.labels[0], chart.data.datasets[0].data];");
    assertThat(((Number) chart.get(0)).intValue()).as(stage.name()).isEqualTo(spectrum ? 1 : 0);
    List<?> values = (List<?>) chart.get(1);
    assertThat(values).hasSize(stage.value().size());
    for (int i = 0; i < values.size(); i++) {
      assertThat(((Number) values.get(i)).floatValue()).isEqualTo(stage.value().data()[i]);
    }
  }

  @Test
  void eachCropAndTheBoxInTheHeatMapLieWhereThePatchLies() throws IOException {
    Trace trace = shown("patchcore/matlab", Optional.of(new Trace.Position(4, 11)));
    List<WebElement> overview = browser.all("#overview img");
    assertThat(image(overview.get(0)).getWidth()).isEqualTo(SIDE);
    assertThat(image(overview.get(1)).getWidth()).isEqualTo(128);
    assertBox(image(overview.get(2)), 4, 11);
    List<WebElement> crops = browser.all("#near-patches img");
    assertThat(crops).hasSize(1 + trace.nearest().size());
    assertCrop(image(crops.get(0)), 4, 11);
    List<String> captions =
        browser.all("#near-patches figcaption").stream().map(WebElement::getText).toList();
    assertThat(captions.getFirst()).isEqualTo("this patch: row 4, column 11");
    for (int i = 0; i < trace.nearest().size(); i++) {
      TrainingPatch near = trace.nearest().get(i);
      Origin origin = near.neighbour().origin();
      assertCrop(image(crops.get(i + 1)), origin.row(), origin.column());
      Matcher caption = Pattern.compile("at (\\S+): (.*)").matcher(captions.get(i + 1));
      assertThat(caption.matches()).as(captions.get(i + 1)).isTrue();
      double distance = near.neighbour().distance();
      assertThat(Double.parseDouble(caption.group(1))).isCloseTo(distance, within(1e-3 * distance));
      assertThat(caption.group(2)).isEqualTo("" + origin);
    }
    browser.assertClean();
  }

  /** The middle of a patch in pixels of the image: 128 of 144 pixels are seen, 8 a patch. */
  private static double place(int index) {
    return (8 + 8 * (index + 0.5)) * SIDE / 144;
  }

  /** White to the left, to the right, above and below the patch, and none in its middle. */
  private static void assertBox(BufferedImage heatMap, int row, int column) {
    double half = 4.0 * SIDE / 144;
    double x = place(column);
    double y = place(row);
    assertThat(isWhiteNear(heatMap, x, y)).isFalse();
    assertThat(isWhiteNear(heatMap, x - half, y)).isTrue();
    assertThat(isWhiteNear(heatMap, x + half, y)).isTrue();
    assertThat(isWhiteNear(heatMap, x, y - half)).isTrue();
    assertThat(isWhiteNear(heatMap, x, y + half)).isTrue();
  }

  private static boolean isWhiteNear(BufferedImage image, double x, double y) {
    boolean white = false;
    for (int i = 0; i < 25; i++) {
      white |= isWhite(image, x - 2 + i % 5, y - 2 + i / 5);
    }
    return white;
  }

  /** Nothing else is bright in all three: blue is dark in the images, and in bright colours. */
  private static boolean isWhite(BufferedImage image, double x, double y) {
    int rgb = rgb(image, x, y);
    return Math.min(rgb & 255, Math.min(rgb >> 8 & 255, rgb >> 16)) > 150;
  }

  /** The middle of the box in a crop. */
  private static double[] middle(BufferedImage image) {
    int[] x = {Integer.MAX_VALUE, -1};
    int[] y = {Integer.MAX_VALUE, -1};
    for (int i = 0; i < image.getWidth() * image.getHeight(); i++) {
      int column = i % image.getWidth();
      int row = i / image.getWidth();
      if (isWhite(image, column, row)) {
        x = new int[] {Math.min(x[0], column), Math.max(x[1], column)};
        y = new int[] {Math.min(y[0], row), Math.max(y[1], row)};
      }
    }
    assertThat(x[1]).as("a white box").isNotNegative();
    return new double[] {(x[0] + x[1]) / 2.0, (y[0] + y[1]) / 2.0};
  }

  private static void assertCrop(BufferedImage crop, int row, int column) {
    double[] middle = middle(crop);
    assertThat(middle[0]).isCloseTo(inCrop(place(column)), within(3.0));
    assertThat(middle[1]).isCloseTo(inCrop(place(row)), within(3.0));
    int rgb = rgb(crop, middle[0], middle[1]);
    assertThat((double) (rgb >> 16)).as("column").isCloseTo(place(column), within(2.5));
    assertThat((double) (rgb >> 8 & 255)).as("row").isCloseTo(place(row), within(2.5));
  }

  /** A crop has half of the image's pixels, the patch in its middle unless an edge is near. */
  private static double inCrop(double place) {
    double from = Math.clamp(place - SIDE / 4.0, 0, SIDE / 2.0);
    return (place - from) * 180 / (SIDE / 2.0);
  }

  @Test
  void aDrawingHasTheColourOfEachValueInItsPlace() throws IOException {
    Trace trace = shown("padim/anomalib", Optional.empty());
    WebElement figure = figure("distances");
    BufferedImage drawn = image(figure.findElement(By.tagName("img")));
    Stage distances =
        trace.stages().stream().filter(s -> s.name().equals("distances")).findFirst().orElseThrow();
    float[] values = distances.value().data();
    int columns = distances.value().dim(-1);
    int side = drawn.getWidth() / columns;
    double[] ends = ends(values);
    List<?> colours =
        (List<?>)
            browser.run(
                "const c = data.steps.find(s => s.name === 'distances').scale.colours;"
                    + " return [c.at(0), c.at(-1)].map(each => parseInt(each.slice(1), 16));");
    for (int end = 0; end < 2; end++) {
      int at = 0;
      while (values[at] != ends[end]) {
        at++;
      }
      int shown = rgb(drawn, (at % columns + 0.5) * side, (at / columns + 0.5) * side);
      assertThat(shown).isEqualTo(((Number) colours.get(end)).intValue());
    }
    // Yellow for the maximum, a dark violet for the minimum.
    assertThat(((Number) colours.get(1)).intValue() >> 16).isGreaterThan(200);
    assertThat(((Number) colours.get(0)).intValue() >> 16).isLessThan(100);
    // Tiles are channels in their order: red grows with the column, green with the row.
    BufferedImage tiles = image(figure("input").findElement(By.tagName("img")));
    int tile = tiles.getWidth() / 3;
    double low = 0.1 * tile;
    double high = 0.9 * tile;
    assertThat(warm(tiles, high, low)).isGreaterThan(warm(tiles, low, low) + 50);
    assertThat(warm(tiles, low, high)).isCloseTo(warm(tiles, low, low), within(30));
    assertThat(warm(tiles, tile + low, high)).isGreaterThan(warm(tiles, tile + low, low) + 50);
    assertThat(warm(tiles, tile + high, low)).isCloseTo(warm(tiles, tile + low, low), within(30));
    assertRangesOf(trace, "layer1 (tap)");
    assertRangesOf(trace, "input");
  }

  /** Red minus blue: of diverging colours the larger, the larger the value. */
  private static int warm(BufferedImage image, double x, double y) {
    int rgb = rgb(image, x, y);
    return (rgb >> 16) - (rgb & 255);
  }

  private WebElement figure(String name) {
    return browser.all("#steps figure").stream()
        .filter(each -> each.getText().matches("(?s)\\d+\\. \\Q" + name + "\\E\n.*"))
        .findFirst()
        .orElseThrow();
  }

  /** Below the last colour: from the minimum to the maximum of the channels' own last values. */
  private void assertRangesOf(Trace trace, String name) {
    Stage stage =
        trace.stages().stream().filter(s -> s.name().equals(name)).findFirst().orElseThrow();
    int channels = stage.value().dim(3);
    double minimum = Double.POSITIVE_INFINITY;
    double maximum = 0;
    for (int c = 0; c < Math.min(64, channels); c++) {
      double most = 0;
      for (int i = c; i < stage.value().size(); i += channels) {
        most = Math.max(most, Math.abs(stage.value().data()[i]));
      }
      minimum = Math.min(minimum, most);
      maximum = Math.max(maximum, most);
    }
    String text = figure(name).getText();
    Matcher range =
        Pattern.compile("(?:its maximum|max \\|v\\| of a channel): ([\\d.]+) to ([\\d.]+)\n")
            .matcher(text);
    assertThat(range.find()).as(text).isTrue();
    assertThat(Double.parseDouble(range.group(1))).isCloseTo(minimum, within(0.02 * maximum));
    assertThat(Double.parseDouble(range.group(2))).isCloseTo(maximum, within(0.02 * maximum));
  }
}
