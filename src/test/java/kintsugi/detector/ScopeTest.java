package kintsugi.detector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import kintsugi.InputException;
import kintsugi.backbone.ResNet;
import kintsugi.engine.Parallel;
import kintsugi.engine.vector.VectorEngine;
import kintsugi.examples.meanpatch.MeanPatchMethod;
import kintsugi.image.Alignment;
import kintsugi.image.ImageSource;
import kintsugi.image.Pixels;
import kintsugi.image.Region;
import kintsugi.scoremap.Regions;
import kintsugi.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Regions, foreground and alignment in the models of every method. */
@ParameterizedClass
@MethodSource("methods")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ScopeTest {
  private static final int SIDE = 128;
  private static final int TRAIN = 4;
  private static final long SEED = 3;
  private static final Method THIRD = new MeanPatchMethod();
  private static final Region LEFT = rectangle(0, 0, 64, SIDE);

  @TempDir static Path folder;

  @Parameter private Method method;
  private final Parallel parallel = new Parallel(2);
  private final Session session = session(Scope.ALL);

  static Stream<Method> methods() {
    List<Method> all = new ArrayList<>(Methods.all());
    all.removeIf(method -> method.name().equals(THIRD.name()));
    all.add(THIRD);
    return all.stream();
  }

  private Session session(Function<ImageSource, List<Region>> own) {
    return session(new Scope(List.of(), false, Optional.empty(), own));
  }

  private Session session(Scope scope) {
    return new Session(
        new VectorEngine(parallel),
        parallel,
        ResNet.randomWeights(1),
        Session.Options.STRICT,
        scope);
  }

  @BeforeParameterizedClassInvocation
  void add() {
    Methods.add(method);
  }

  @AfterParameterizedClassInvocation
  void close() {
    parallel.close();
    Methods.remove(THIRD.name());
  }

  private static Region rectangle(int x, int y, int width, int height) {
    return Region.of(SIDE, SIDE, List.of(new Rectangle2D.Double(x, y, width, height)), List.of());
  }

  /** A board with the same parts in all images, some noise, and what is drawn on it. */
  private static ImageSource board(int number, int dx, int dy, Consumer<Graphics2D> drawing) {
    BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
    Graphics2D pen = image.createGraphics();
    pen.translate(dx, dy);
    Random parts = new Random(1);
    for (int i = 0; i < 60; i++) {
      pen.setColor(new Color(parts.nextInt(256), parts.nextInt(256), parts.nextInt(256)));
      pen.fillRect(
          parts.nextInt(-40, 150),
          parts.nextInt(-40, 150),
          parts.nextInt(8, 30),
          parts.nextInt(30));
    }
    drawing.accept(pen);
    pen.dispose();
    Pixels pixels = Pixels.of(image);
    Random random = new Random(number);
    for (int i = 0; i < pixels.rgb().length; i++) {
      int value = (pixels.rgb()[i] & 0xff) + (int) (4 * random.nextGaussian());
      pixels.rgb()[i] = (byte) Math.clamp(value, 0, 255);
    }
    return ImageSource.of(String.format("image%02d", number), pixels);
  }

  private static ImageSource board(int number) {
    return board(number, 0, 0, pen -> {});
  }

  private static Consumer<Graphics2D> defect(int x, int y) {
    return pen -> {
      pen.setColor(Color.MAGENTA);
      pen.fillOval(x - 9, y - 9, 18, 18);
    };
  }

  private static List<ImageSource> normal() {
    return IntStream.range(0, TRAIN).mapToObj(ScopeTest::board).toList();
  }

  private Recipe recipe(Map<String, String> more) {
    Map<String, String> choices = new HashMap<>(Map.of("resize", "same", "crop", "same"));
    choices.putAll(more);
    return Choices.with(method.recipes().getFirst(), choices);
  }

  private Fit fitted(Session in, Recipe recipe, List<ImageSource> images) {
    Fit fit = method.fit(in, recipe, SEED);
    fit.add(images);
    return fit;
  }

  private Model model(Scope scope) {
    return fitted(session(scope), recipe(Map.of()), normal()).finish();
  }

  private static Scope looking(Region... regions) {
    return new Scope(List.of(regions), false, Optional.empty(), Scope.ALL.own());
  }

  private static float[] values(Scored scored) {
    float[] map = scored.map().data();
    float[] all = Arrays.copyOf(map, map.length + 1);
    all[map.length] = (float) scored.score();
    return all;
  }

  @Test
  void whatIsOutsideIsNeitherScoredNorColoured() {
    Model whole = model(Scope.ALL);
    Model left = model(looking(LEFT));
    ImageSource image = board(20, 0, 0, defect(104, 64));
    assertThat(peak(whole.detector().score(image))[0]).isBetween(92, 116);
    Scored scored = left.detector().score(image);
    assertThat(peak(scored)[0]).isLessThan(64);
    Tensor map = scored.map();
    Tensor distances = scored.distances();
    for (int y = 0; y < SIDE; y++) {
      assertThat(map.data()[y * SIDE + 63]).isGreaterThan(0);
      assertThat(map.data()[y * SIDE + 64]).isZero();
    }
    int columns = distances.dim(1);
    assertThat(distances.data()[columns / 2]).isZero();
    assertThat(distances.data()[columns / 2 - 1]).isGreaterThan(0);
    assertThat(scored.minimum()).isGreaterThan(0);
    assertThat(scored.maximum()).isCloseTo(map.data()[at(peak(scored))], within(0.0));
    // Without the region the defect decides the score.
    assertThat(scored.score()).isLessThan(whole.detector().score(image).score());
    assertThat(scored.batch().patches().worst(scored.index(), 9999))
        .hasSize(distances.size() / 2)
        .allMatch(position -> position % columns < columns / 2);
  }

  private static int at(int[] place) {
    return place[1] * SIDE + place[0];
  }

  private static int[] peak(Scored scored) {
    float[] map = scored.map().data();
    int best = 0;
    for (int i = 1; i < map.length; i++) {
      best = map[i] > map[best] ? i : best;
    }
    return new int[] {best % SIDE, best / SIDE};
  }

  @Test
  void theScoreIsThatOfThePixelsInside() {
    // A mean of all would count the zeros outside.
    Scored left = model(looking(LEFT)).detector().score(board(21));
    Scored right = model(looking(LEFT.inverse())).detector().score(board(21));
    Scored whole = model(Scope.ALL).detector().score(board(21));
    double larger = Math.max(left.score(), right.score());
    assertThat(larger).isGreaterThan(0.9 * whole.score());
    assertThat(Math.min(left.score(), right.score())).isGreaterThan(0.5 * whole.score());
  }

  @Test
  void aRegionOfAllHasTheBitsOfNone() {
    ImageSource image = board(22, 0, 0, defect(40, 40));
    Region all = Region.all(SIDE, SIDE);
    assertThat(values(model(looking(all)).detector().score(image)))
        .isEqualTo(values(model(Scope.ALL).detector().score(image)));
  }

  @Test
  void whatIsIgnoredInOneImageIsNotLearnt() {
    Region ignored = rectangle(20, 20, 40, 40);
    Function<ImageSource, List<Region>> own =
        image -> image.name().equals("image90") ? List.of(ignored.inverse()) : List.of();
    List<ImageSource> images = new ArrayList<>(normal());
    images.add(board(90, 0, 0, defect(40, 40)));
    // Enough of the bank that a rare patch is in it.
    Recipe recipe = recipe(method.name().equals("patchcore") ? Map.of("ratio", "0.5") : Map.of());
    ImageSource defect = board(91, 0, 0, defect(40, 40));
    double learnt = atDefect(fitted(session, recipe, images).finish(), defect);
    Session ignoring = session(own);
    Model model = fitted(ignoring, recipe, images).finish();
    if (method == THIRD) {
      // A mean of all patches hardly shows a few.
      assertThat(atDefect(model, defect)).isNotEqualTo(learnt);
    } else {
      assertThat(atDefect(model, defect)).isGreaterThan(1.02 * learnt);
    }
    // The other images show these places, so that they are scored.
    assertThat(model.detector().score(defect).region()).isEmpty();
    Path file = folder.resolve(method.name() + "-own.safetensors");
    model.save(file);
    assertThat(atDefect(Model.load(file, session), defect)).isEqualTo(atDefect(model, defect));
    Path partial = folder.resolve(method.name() + "-own-part.safetensors");
    fitted(ignoring, recipe, images).save(partial);
    Model resumed = Fit.load(partial, session).finish();
    assertThat(atDefect(resumed, defect)).isEqualTo(atDefect(model, defect));
  }

  private static double atDefect(Model model, ImageSource image) {
    return model.detector().score(image).map().data()[40 * SIDE + 40];
  }

  @Test
  void whatNoImageShowedIsNotScored() {
    Session left =
        session(image -> image.name().compareTo("image50") < 0 ? List.of(LEFT) : List.of());
    Model model = fitted(left, recipe(Map.of()), normal()).finish();
    Scored scored = model.detector().score(board(60, 0, 0, defect(104, 64)));
    assertThat(Double.isFinite(scored.score())).isTrue();
    if (method.name().equals("padim")) {
      int columns = scored.distances().dim(1);
      assertThat(scored.distances().data()[columns - 1]).isZero();
      assertThat(scored.distances().data()[0]).isGreaterThan(0);
      Path file = folder.resolve("padim-unseen.safetensors");
      model.save(file);
      assertThat(values(Model.load(file, session).detector().score(board(60))))
          .isEqualTo(values(model.detector().score(board(60))));
      assertThat(Fit.load(file, session).finish().detector().score(board(60)).distances().data())
          .satisfies(d -> assertThat(d[columns - 1]).isZero());
    }
  }

  @Test
  void theModelKeepsItAndSoDoesAPartialFit() {
    Scope scope =
        new Scope(List.of(LEFT), false, Optional.of(new Alignment.Limit(20, 0)), Scope.ALL.own());
    ImageSource image = board(23, 6, -4, defect(40, 40));
    Fit fit = fitted(session(scope), recipe(Map.of()), normal().subList(0, 3));
    Path partial = folder.resolve(method.name() + "-part.safetensors");
    fit.save(partial);
    Fit resumed = Fit.load(partial, session);
    resumed.add(normal().subList(3, TRAIN));
    Model model = resumed.finish();
    fit.add(normal().subList(3, TRAIN));
    float[] expected = values(fit.finish().detector().score(image));
    assertThat(values(model.detector().score(image))).isEqualTo(expected);
    Path file = folder.resolve(method.name() + "-scope.safetensors");
    model.save(file);
    Model loaded = Model.load(file, session);
    assertThat(values(loaded.detector().score(image))).isEqualTo(expected);
    assertThat(values(loaded.forAnySize().detector().score(image))).isEqualTo(expected);
    Fit other = fitted(session(looking(LEFT.inverse())), recipe(Map.of()), normal());
    assertThatThrownBy(() -> Fit.load(partial, session).merge(other))
        .hasMessageContaining("looked at other regions");
  }

  @Test
  void itHoldsInTiles() {
    Recipe tiled = recipe(Map.of("tile", "64", "overlap", "0"));
    Region corner = rectangle(64, 64, 64, 64);
    Model model = fitted(session(looking(corner)), tiled, normal()).finish();
    Scored scored = model.detector().score(board(24, 0, 0, defect(30, 96)));
    float[] distances = scored.distances().data();
    // Three of four tiles are outside.
    for (int i = 0; i < distances.length; i++) {
      assertThat(distances[i] > 0).as("%d", i).isEqualTo(i >= distances.length * 3 / 4);
    }
    assertThat(peak(scored)[0]).isGreaterThanOrEqualTo(64);
    assertThat(peak(scored)[1]).isGreaterThanOrEqualTo(64);
  }

  @Test
  void aMovedImageIsAlignedAndItsMapLiesWhereTheImageIs() {
    Scope aligning =
        new Scope(List.of(), false, Optional.of(new Alignment.Limit(16, 0)), Scope.ALL.own());
    Model model = model(aligning);
    Scored scored = model.detector().score(board(25, 9, -6, defect(60, 70)));
    assertThat(scored.placement().dx()).isCloseTo(9, within(1.0));
    assertThat(scored.placement().dy()).isCloseTo(-6, within(1.0));
    if (method != THIRD) {
      // The defect was drawn on the board and moved with it.
      int[] unmoved = peak(model.detector().score(board(25, 0, 0, defect(60, 70))));
      assertThat(peak(scored)[0] - unmoved[0]).isCloseTo(9, within(4));
      assertThat(peak(scored)[1] - unmoved[1]).isCloseTo(-6, within(4));
    }
    // The strip that the board left is beyond the aligned image.
    assertThat(scored.map().data()[64 * SIDE + 3]).isZero();
    assertThat(scored.region().orElseThrow().at(3, 64)).isFalse();
    ImageSource far = board(26, 30, 0, pen -> {});
    assertThatThrownBy(() -> model.detector().score(far))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith("image26: is misplaced by ")
        .hasMessageContaining("limit 16");
  }

  @Test
  void theForegroundOfEachImageIsLookedAt() {
    Consumer<Graphics2D> background =
        pen -> {
          pen.setColor(new Color(20, 20, 20));
          pen.fill(new Rectangle2D.Double(0, 0, SIDE, 34));
          pen.fill(new Rectangle2D.Double(0, 0, 34, SIDE));
          pen.fill(new Rectangle2D.Double(94, 0, SIDE, SIDE));
          pen.fill(new Rectangle2D.Double(0, 94, SIDE, SIDE));
        };
    List<ImageSource> parts =
        IntStream.range(0, TRAIN).mapToObj(i -> board(i, 0, 0, background)).toList();
    Scope scope = new Scope(List.of(), true, Optional.empty(), Scope.ALL.own());
    Model model = fitted(session(scope), recipe(Map.of()), parts).finish();
    Scored scored = model.detector().score(board(30, 0, 0, background));
    assertThat(scored.region().orElseThrow().fraction()).isBetween(0.15, 0.26);
    assertThat(scored.map().data()[10 * SIDE + 10]).isZero();
    assertThatThrownBy(() -> model.detector().score(board(31)))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("image31: does not have a plain background");
  }

  @Test
  void aRegionThatDoesNotFitIsOneLine() {
    Region wide = Region.all(200, 100);
    assertThatThrownBy(() -> model(looking(wide)))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("image00: is 128x128, its region 200x100");
    Region speck = rectangle(5, 5, 2, 2);
    assertThatThrownBy(() -> model(looking(speck)))
        .isInstanceOf(InputException.class)
        .hasMessageMatching("image\\d\\d: none of its patches is in its region; .*");
    assertThatThrownBy(() -> model(looking(LEFT, LEFT.inverse())))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("no pixel in the region");
  }

  @Test
  void calibrationAndBoxesSeeWhatIsInside() {
    Model model = model(looking(LEFT));
    List<ImageSource> images = List.of(board(40), board(41), board(42));
    Calibration calibration = Calibration.of(model, images, List.of(), Optional.empty());
    assertThat(calibration.low()).isGreaterThan(0);
    Scored scored = model.detector().score(board(43));
    // Far below every score, so that all that is looked at is one region.
    List<Explanation.Box> boxes =
        Explanation.boxes(scored, model.recipe(), calibration, -calibration.low() * 100);
    assertThat(boxes).hasSize(1);
    assertThat(boxes.getFirst().width()).isEqualTo(64);
    assertThat(Regions.of(scored.map(), 0))
        .first()
        .extracting(Regions.Region::right)
        .isEqualTo(SIDE);
    Prediction prediction = Prediction.of(model.with(calibration), scored);
    int outside = prediction.heatMap().getRGB(100, 64) & 0xff;
    int drawn = scored.image().at(100, 64, 2);
    assertThat((double) outside).isCloseTo(0.55 * drawn, within(1.5));
  }
}
