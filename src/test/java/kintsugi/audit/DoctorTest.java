package kintsugi.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Function;
import java.util.function.IntUnaryOperator;
import java.util.stream.Stream;
import kintsugi.InputException;
import kintsugi.backbone.ResNet;
import kintsugi.detector.Calibration;
import kintsugi.detector.Choices;
import kintsugi.detector.Fit;
import kintsugi.detector.Methods;
import kintsugi.detector.Model;
import kintsugi.detector.Recipe;
import kintsugi.detector.Session;
import kintsugi.detector.TileRange;
import kintsugi.engine.Border;
import kintsugi.engine.Convolutions;
import kintsugi.engine.Engine;
import kintsugi.engine.Parallel;
import kintsugi.engine.Upsampling;
import kintsugi.engine.scalar.ScalarEngine;
import kintsugi.engine.vector.VectorEngine;
import kintsugi.image.ImageSource;
import kintsugi.image.Pixels;
import kintsugi.image.TileGrid;
import kintsugi.metric.ThresholdRule;
import kintsugi.padim.PatchEmbedding;
import kintsugi.patchcore.LocalEmbedding;
import kintsugi.patchcore.PatchCoreRecipe;
import kintsugi.scoremap.ImageScore;
import kintsugi.scoremap.ScoreMaps;
import kintsugi.tensor.Tensor;
import kintsugi.weights.StoredTensor;
import kintsugi.weights.Weights;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The doctor names the cause: each deliberate difference is put into one stage of a second
 * implementation, from which all later stages are computed, and that stage has to be named first,
 * with the difference as the likely cause. Equal models have no difference.
 */
class DoctorTest {
  private static final Parallel PARALLEL = new Parallel(2);
  private static final Weights WEIGHTS = ResNet.randomWeights(1);
  private static final int SIDE = 64;

  @TempDir static Path folder;

  private static Session session;
  private static Model padim;
  private static Model patchCore;
  private static List<ImageSource> images;

  /** A difference, and what is expected of its diagnosis. */
  private record Planted(String name, String stage, String cause, Function<DoctorTest, Subject> b) {
    @Override
    public String toString() {
      return name;
    }
  }

  @BeforeAll
  static void fit() {
    session = Session.strict(engine(Convolutions.WINOGRAD4), PARALLEL, WEIGHTS);
    images = images(20, 3);
    padim = fitted("padim/anomalib", Map.of("channels", 12, "epsilon", 0.01));
    patchCore = fitted("patchcore/anomalib", Map.of("bank_size", 40, "reweighting", 3));
  }

  @AfterAll
  static void close() {
    PARALLEL.close();
    // All classes of tests run in one process, and two models take a good part of its heap.
    session = null;
    padim = null;
    patchCore = null;
  }

  private static Engine engine(Convolutions convolutions) {
    return new VectorEngine(PARALLEL, convolutions);
  }

  /** Coloured images, wider than high, with an edge and a grain. */
  private static List<ImageSource> images(int seed, int count) {
    List<ImageSource> images = new ArrayList<>();
    for (int n = 0; n < count; n++) {
      Random random = new Random(seed + n);
      byte[] rgb = new byte[120 * 90 * 3];
      double phase = random.nextDouble() * 6;
      for (int i = 0; i < rgb.length; i++) {
        int x = i / 3 % 120;
        int y = i / 3 / 120;
        double wave = Math.sin(phase + x * 0.09 + y * 0.05 * (1 + i % 3)) * 50;
        double value =
            90 + 40 * (i % 3) + wave + (x + y > 140 ? 40 : 0) + 12 * random.nextGaussian();
        rgb[i] = (byte) Math.clamp(value, 0, 255);
      }
      images.add(ImageSource.of("image " + (seed + n), new Pixels(120, 90, rgb)));
    }
    return images;
  }

  private static Model fitted(String recipe, Map<String, Object> changes) {
    Map<String, Object> all = new LinkedHashMap<>(Map.of("resize", "73x73", "crop", "64x64"));
    all.putAll(changes);
    return fitted(session, Choices.with(Methods.recipe(recipe), all));
  }

  private static Model fitted(Session session, Recipe recipe) {
    Model model;
    try (Fit fit = Methods.named(recipe.method()).fit(session, recipe, 1)) {
      fit.add(images(0, 14));
      model = fit.finish();
    }
    return model.with(
        Calibration.of(model, images(30, 4), List.of(), Optional.of(ThresholdRule.MAX_NORMAL)));
  }

  private static Doctor.Diagnosis diagnosis(Subject a, Subject b) {
    return Doctor.compare(session, a, b, images);
  }

  private static Subject subject(Model model) {
    return new ModelSubject("A", model);
  }

  private static Planted input(
      String name, String cause, Function<Pixels, double[][]> planes, int width, int height) {
    return new Planted(
        name,
        "input",
        cause,
        test ->
            new Chain(padim) {
              @Override
              Tensor input(Pixels pixels) {
                return imageNet(crop(planes.apply(pixels), width, height));
              }
            });
  }

  private static double[][] imageNetLines(double scale, int power) {
    double[] mean = {0.485, 0.456, 0.406};
    double[] std = {0.229, 0.224, 0.225};
    double[][] lines = new double[3][];
    for (int c = 0; c < 3; c++) {
      double factor = 1 / (scale * std[c]);
      double offset = -mean[c] / std[c];
      lines[c] =
          power == 1
              ? new double[] {factor, offset}
              : new double[] {factor / std[c], (offset - mean[c]) / std[c]};
    }
    return lines;
  }

  private static Tensor imageNet(double[][] planes) {
    return normalised(planes, imageNetLines(255, 1));
  }

  private static Tensor normalised(double[][] planes, double[][] lines) {
    Tensor input = Tensor.zeros(1, SIDE, SIDE, 3);
    for (int i = 0; i < input.size(); i++) {
      input.data()[i] = (float) (lines[i % 3][0] * planes[i % 3][i / 3] + lines[i % 3][1]);
    }
    return input;
  }

  private static double[][] crop(double[][] planes, int width, int height) {
    int left = (int) Math.rint((width - SIDE) / 2.0);
    int top = (int) Math.rint((height - SIDE) / 2.0);
    double[][] cropped = new double[3][SIDE * SIDE];
    for (int i = 0; i < 3 * SIDE * SIDE; i++) {
      int at = i % (SIDE * SIDE);
      cropped[i / (SIDE * SIDE)][at] =
          planes[i / (SIDE * SIDE)][(top + at / SIDE) * width + left + at % SIDE];
    }
    return cropped;
  }

  /** Plain sampling between two pixels, or at one. */
  private static double[][] sampled(
      Pixels pixels, int width, int height, boolean aligned, boolean nearest) {
    double[][] planes = new double[3][width * height];
    for (int i = 0; i < width * height; i++) {
      double y = place(i / width, pixels.height(), height, aligned);
      double x = place(i % width, pixels.width(), width, aligned);
      if (nearest) {
        y = i / width * pixels.height() / height;
        x = i % width * pixels.width() / width;
      }
      for (int c = 0; c < 3; c++) {
        planes[c][i] = between(pixels, x, y, c);
      }
    }
    return planes;
  }

  private static double place(int i, int in, int out, boolean aligned) {
    double at = aligned ? i * (in - 1.0) / (out - 1) : (i + 0.5) * in / out - 0.5;
    return Math.clamp(at, 0, in - 1);
  }

  private static double between(Pixels pixels, double x, double y, int c) {
    int left = (int) x;
    int top = (int) y;
    int right = Math.min(left + 1, pixels.width() - 1);
    int bottom = Math.min(top + 1, pixels.height() - 1);
    double upper = (1 - x + left) * pixels.at(left, top, c) + (x - left) * pixels.at(right, top, c);
    double lower =
        (1 - x + left) * pixels.at(left, bottom, c) + (x - left) * pixels.at(right, bottom, c);
    return (1 - y + top) * upper + (y - top) * lower;
  }

  private static double[][] levels(Pixels pixels) {
    double[][] planes = new double[3][pixels.width() * pixels.height()];
    for (int i = 0; i < pixels.rgb().length; i++) {
      planes[i % 3][i / 3] = pixels.rgb()[i] & 0xff;
    }
    return planes;
  }

  /** Another treatment of the cropped pixels. */
  private static Planted pixels(String name, String cause, Function<double[][], Tensor> change) {
    return new Planted(
        name,
        "input",
        cause,
        test ->
            new Chain(padim) {
              @Override
              Tensor input(Pixels pixels) {
                return change.apply(levels(cropped(pixels)));
              }
            });
  }

  private static Pixels exchanged(Pixels in) {
    byte[] rgb = new byte[in.rgb().length];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) in.at(i / 3 / in.height(), i / 3 % in.height(), i % 3);
    }
    return new Pixels(in.height(), in.width(), rgb);
  }

  private static Pixels mirrored(Pixels in) {
    byte[] rgb = new byte[in.rgb().length];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) in.at(in.width() - 1 - i / 3 % in.width(), i / 3 / in.width(), i % 3);
    }
    return new Pixels(in.width(), in.height(), rgb);
  }

  private static Planted turned(String name, String cause, Function<Pixels, Pixels> turn) {
    return new Planted(
        name,
        "input",
        cause,
        test ->
            new Chain(padim) {
              @Override
              Tensor input(Pixels pixels) {
                return super.input(turn.apply(pixels));
              }
            });
  }

  /** Another decoder, whose pixels all that follows comes from. */
  private static Planted decoded(String name, String cause, Function<Pixels, Pixels> change) {
    return new Planted(
        name,
        "pixels",
        cause,
        test ->
            new Chain(padim) {
              @Override
              public Dump values(ImageSource image) {
                Pixels other = change.apply(image.read());
                return new ModelSubject("other", padim).values(ImageSource.of(image.name(), other));
              }
            });
  }

  private static Pixels bytes(Pixels in, IntUnaryOperator value) {
    byte[] rgb = new byte[in.rgb().length];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) value.applyAsInt(i);
    }
    return new Pixels(in.width(), in.height(), rgb);
  }

  static Stream<Planted> decoders() {
    return Stream.of(
        decoded(
            "off by one",
            "another decoder",
            in -> bytes(in, i -> Math.clamp((in.rgb()[i] & 0xff) + i % 3 - 1, 0, 255))),
        decoded(
            "BGR pixels",
            "B's values are A's with the channels in reverse order",
            in -> bytes(in, i -> in.rgb()[i - i % 3 + 2 - i % 3])),
        decoded("mirrored pixels", "B's values are A's mirrored", DoctorTest::mirrored));
  }

  static Stream<Planted> inputs() {
    double[][] ones = {{1, 0}, {1, 0}, {1, 0}};
    double[][] unit = {{1 / 255.0, 0}, {1 / 255.0, 0}, {1 / 255.0, 0}};
    double[][] half = {{2 / 255.0, -1}, {2 / 255.0, -1}, {2 / 255.0, -1}};
    return Stream.of(
        input(
            "resize without antialias",
            "resize: A's is bilinear with antialias, B's is bilinear without antialias",
            pixels -> sampled(pixels, 73, 73, false, false),
            73,
            73),
        input(
            "resize with aligned corners",
            "B's is bilinear without antialias, corners aligned",
            pixels -> sampled(pixels, 73, 73, true, false),
            73,
            73),
        input(
            "nearest resize",
            "resize: A's is bilinear with antialias, B's is nearest",
            pixels -> sampled(pixels, 73, 73, false, true),
            73,
            73),
        pixels(
            "BGR",
            "channel order: A's is RGB, B's is BGR",
            p -> imageNet(new double[][] {p[2], p[1], p[0]})),
        pixels(
            "0 to 1, not normalised",
            "B's is nothing, values from 0 to 1",
            p -> normalised(p, unit)),
        pixels("0 to 255", "B's is nothing, values from 0 to 255", p -> normalised(p, ones)),
        pixels("half and half", "B's is mean 0.5 and deviation 0.5", p -> normalised(p, half)),
        pixels(
            "normalised twice",
            "B's is ImageNet's mean and deviation, twice",
            p -> normalised(p, imageNetLines(255, 2))),
        pixels(
            "constants of 0 to 1 on 0 to 255",
            "B's is ImageNet's constants on values from 0 to 255",
            p -> normalised(p, imageNetLines(1, 1))),
        turned("rows and columns exchanged", "B's is rows and columns", DoctorTest::exchanged),
        turned(
            "mirrored", "orientation: A's is the image's, B's is mirrored", DoctorTest::mirrored),
        new Planted(
            "no crop",
            "input",
            "size and crop: A's is resized to 73x73, centre crop 64x64, B's is resized to 64x64",
            test -> subject(with(padim, Map.of("resize", "64x64", "crop", "same")))),
        new Planted(
            "shorter side",
            "input",
            "size and crop: A's is resized to 73x73, centre crop 64x64, B's is resized to 97x73",
            test -> subject(with(padim, Map.of("resize", "shorter:73")))),
        new Planted(
            "bicubic resize",
            "input",
            "resize: A's is bilinear with antialias, B's is bicubic with antialias",
            test -> subject(with(padim, Map.of("interpolation", "bicubic")))));
  }

  /** The same fit with other choices of what it does not learn. */
  private static Model with(Model model, Map<String, Object> changes) {
    return new Model(
        model.detector().with(Choices.with(model.recipe(), changes)),
        model.calibration(),
        model.fingerprint(),
        model.seed(),
        model.training());
  }

  /** Another treatment of a network's layers. */
  private static Planted layers(
      String name, String cause, Function<Map<String, Tensor>, Map<String, Tensor>> change) {
    return new Planted(
        name,
        "features",
        cause,
        test ->
            new Chain(padim) {
              @Override
              Map<String, Tensor> features(Tensor input) {
                return change.apply(super.features(input));
              }
            });
  }

  private static Map<String, Tensor> each(Map<String, Tensor> layers, DoubleUnaryOperator change) {
    return Layers.mapped(layers, layer -> each(layer, change));
  }

  private static Tensor each(Tensor tensor, DoubleUnaryOperator change) {
    Tensor changed = Tensor.zeros(tensor.shape());
    for (int i = 0; i < changed.size(); i++) {
      changed.data()[i] = (float) change.applyAsDouble(tensor.data()[i]);
    }
    return changed;
  }

  private static Tensor reversedChannels(Tensor layer) {
    int c = layer.dim(3);
    Tensor reversed = Tensor.zeros(layer.shape());
    for (int i = 0; i < reversed.size(); i++) {
      reversed.data()[i] = layer.data()[i - i % c + c - 1 - i % c];
    }
    return reversed;
  }

  static Stream<Planted> features() {
    return Stream.of(
        new Planted(
            "before the residual is added",
            "features",
            "A: after the residual and the ReLU; B: before the residual is added",
            test ->
                new Chain(padim) {
                  @Override
                  Map<String, Tensor> features(Tensor input) {
                    List<String> taps = List.of("layer1.1.bn2", "layer2.1.bn2", "layer3.1.bn2");
                    Map<String, Tensor> layers = new LinkedHashMap<>();
                    session
                        .backbone(taps)
                        .run(input)
                        .forEach((tap, layer) -> layers.put(tap.substring(0, 6), layer));
                    return layers;
                  }
                }),
        layers(
            "before the ReLU",
            "B's values are those before the ReLU",
            layers -> each(layers, v -> v == 0 ? -0.1 : v)),
        layers(
            "channels in another order",
            "B's values are A's with the channels in reverse order",
            layers -> Layers.mapped(layers, DoctorTest::reversedChannels)),
        layers(
            "half precision",
            "B's values are A's in half precision",
            layers -> each(layers, v -> Float.float16ToFloat(Float.floatToFloat16((float) v)))),
        layers(
            "a scale",
            "layer1: B's values are 0.50000 times A's",
            layers -> each(layers, v -> v / 2)),
        new Planted(
            "other weights",
            "features",
            "other weights",
            test ->
                new Chain(padim) {
                  @Override
                  Map<String, Tensor> features(Tensor input) {
                    List<String> taps = padim.recipe().taps();
                    return session
                        .engine()
                        .prepare(ResNet.network(ResNet.randomWeights(2), taps))
                        .run(input);
                  }
                }));
  }

  private static Planted embedding(
      String name, Model model, String cause, Function<Map<String, Tensor>, Tensor> embedding) {
    return new Planted(
        name,
        "embedding",
        cause,
        test ->
            new Chain(model) {
              @Override
              Tensor embedding(Map<String, Tensor> features) {
                return embedding.apply(features);
              }
            });
  }

  /** The grid of the finest layer, by torch's rules. */
  private static Map<String, Tensor> enlarged(
      Map<String, Tensor> layers, String finest, Upsampling how) {
    int h = layers.get(finest).dim(1);
    int w = layers.get(finest).dim(2);
    return Layers.mapped(
        layers,
        layer -> {
          Tensor planes = Chain.planes(layer);
          Tensor large = new ScalarEngine(PARALLEL).upsample(planes, h, w, how);
          Tensor back = Tensor.zeros(1, h, w, planes.dim(0));
          for (int i = 0; i < back.size(); i++) {
            int c = planes.dim(0);
            back.data()[i] = large.data()[i % c * h * w + i / c];
          }
          return back;
        });
  }

  private static int[] channels() {
    return padim.detector().tensors().get("channels").ints();
  }

  private static Tensor local(Map<String, Tensor> layers, int side, List<String> taps) {
    PatchCoreRecipe.Neighbourhood neighbourhood =
        new PatchCoreRecipe.Neighbourhood(side, OptionalInt.empty());
    return new LocalEmbedding(taps, neighbourhood).embed(layers, PARALLEL);
  }

  /** Means that divide by the number of patches inside. */
  private static Tensor inside(Tensor layer) {
    Tensor ones = each(layer, v -> 1);
    List<String> one = List.of("one");
    Tensor sum = local(Map.of("one", layer), 3, one);
    Tensor count = local(Map.of("one", ones), 3, one);
    for (int i = 0; i < sum.size(); i++) {
      sum.data()[i] /= count.data()[i];
    }
    return sum;
  }

  static Stream<Planted> embeddings() {
    List<String> taps = List.of("layer1", "layer2", "layer3");
    List<String> two = List.of("layer2", "layer3");
    return Stream.of(
        embedding(
            "PaDiM: bilinear",
            padim,
            "B: bilinear where nearest is published",
            layers ->
                new PatchEmbedding(taps, channels())
                    .embed(enlarged(layers, "layer1", Upsampling.BILINEAR), PARALLEL)),
        embedding(
            "PaDiM: channels in another order",
            padim,
            "B's values are A's with the channels in reverse order",
            layers -> {
              int[] channels = channels();
              int[] turned = new int[channels.length];
              Arrays.setAll(turned, i -> channels[channels.length - 1 - i]);
              return new PatchEmbedding(taps, turned).embed(layers, PARALLEL);
            }),
        embedding(
            "PaDiM: layers in reverse order",
            padim,
            "B: layers in reverse order",
            layers ->
                new PatchEmbedding(taps.reversed(), channels())
                    .embed(enlarged(layers, "layer1", Upsampling.NEAREST), PARALLEL)),
        new Planted(
            "PaDiM: other channels",
            "channels",
            "other channels drawn",
            test -> subject(fitted(session, padim.recipe(), 2))),
        embedding(
            "PatchCore: padding does not count",
            patchCore,
            "B: 3x3 means in which padding does not count",
            layers -> local(Layers.mapped(layers, DoctorTest::inside), 1, two)),
        embedding(
            "PatchCore: no neighbourhood",
            patchCore,
            "B: bilinear without a neighbourhood",
            layers -> local(layers, 1, two)),
        embedding("PatchCore: 5x5", patchCore, "B: 5x5 means", layers -> local(layers, 5, two)),
        embedding(
            "PatchCore: nearest",
            patchCore,
            "B: 3x3 means, nearest",
            layers ->
                local(
                    enlarged(
                        Layers.mapped(
                            layers, layer -> local(Map.of("one", layer), 3, List.of("one"))),
                        "layer2",
                        Upsampling.NEAREST),
                    1,
                    two)),
        embedding(
            "PatchCore: layers in reverse order",
            patchCore,
            "B: layers in reverse order",
            layers ->
                local(
                    enlarged(
                        Layers.mapped(
                            layers, layer -> local(Map.of("one", layer), 3, List.of("one"))),
                        "layer2",
                        Upsampling.BILINEAR),
                    1,
                    two.reversed())),
        embedding(
            "PatchCore: unit length",
            patchCore,
            "B's values are A's with every row scaled to the length 1",
            layers -> {
              Tensor patches = local(layers, 3, two);
              int d = patches.dim(3);
              for (int row = 0; row < patches.size() / d; row++) {
                double sum = 0;
                for (int i = 0; i < d; i++) {
                  sum += Math.pow(patches.data()[row * d + i], 2);
                }
                for (int i = 0; i < d; i++) {
                  patches.data()[row * d + i] /= (float) Math.sqrt(sum);
                }
              }
              return patches;
            }));
  }

  private static Model fitted(Session session, Recipe recipe, long seed) {
    try (Fit fit = Methods.named(recipe.method()).fit(session, recipe, seed)) {
      fit.add(images(0, 14));
      return fit.finish();
    }
  }

  static Stream<Planted> fits() {
    return Stream.of(
        new Planted(
            "regularised twice",
            "covariance",
            "another regularisation: B's covariances have 0.01·I more",
            test -> subject(fitted("padim/anomalib", Map.of("channels", 12, "epsilon", 0.02)))),
        new Planted(
            "regularised once more where it is inverted",
            "covariance",
            "another regularisation: B's covariances have 0.00001·I more",
            test -> subject(fitted("padim/anomalib", Map.of("channels", 12, "epsilon", 0.01001)))),
        new Planted(
            "divided by N",
            "covariance",
            "the covariance is divided by N (14 images) in B, by N − 1 in A",
            test ->
                new Chain(padim) {
                  @Override
                  void fitted(Map<String, Tensor> values, Dump fit) {
                    super.fitted(values, fit);
                    Tensor covariance = values.get("covariance");
                    int d = covariance.dim(1);
                    for (int i = 0; i < covariance.size(); i++) {
                      double epsilon = i % (d * d) % (d + 1) == 0 ? 0.01 : 0;
                      double value = (covariance.data()[i] - epsilon) * 13 / 14 + epsilon;
                      covariance.data()[i] = (float) value;
                    }
                  }
                }),
        new Planted(
            "half of the bank",
            "bank",
            "a memory bank of another size: 40 patches in A, 20 in B",
            test ->
                subject(fitted("patchcore/anomalib", Map.of("bank_size", 20, "reweighting", 3)))),
        new Planted(
            "another coreset",
            "bank",
            "other patches in the memory bank",
            test -> subject(fitted(session, patchCore.recipe(), 5))));
  }

  private static Planted distances(
      String name, Model model, String cause, Function<DoctorTest, Subject> b) {
    return new Planted(name, "distances", cause, b);
  }

  static Stream<Planted> distances() {
    return Stream.of(
        distances(
            "PaDiM: squared",
            padim,
            "B: Mahalanobis, squared",
            test ->
                new Chain(padim) {
                  @Override
                  Tensor distances(Tensor embedding) {
                    return each(super.distances(embedding), v -> v * v);
                  }
                }),
        distances(
            "PaDiM: regularised once more, with A's covariances in the dump",
            padim,
            "B: Mahalanobis, the covariance with 0.01·I more",
            test -> {
              Model twice = fitted("padim/anomalib", Map.of("channels", 12, "epsilon", 0.02));
              return new Chain(padim) {
                @Override
                Tensor distances(Tensor embedding) {
                  return twice.detector().inspector().distances(embedding, new TileRange(0, 1, 1));
                }
              };
            }),
        distances(
            "PatchCore: squared",
            patchCore,
            "B: to the nearest, squared",
            test -> subject(with(patchCore, Map.of("squared", true)))),
        distances(
            "PatchCore: k = 3",
            patchCore,
            "B: mean to the 3 nearest, not squared",
            test -> subject(with(patchCore, Map.of("k", 3)))));
  }

  private static Planted map(String name, String cause, Function<Tensor, Tensor> map) {
    return new Planted(
        name,
        "map",
        cause,
        test ->
            new Chain(padim) {
              @Override
              Tensor map(Tensor distances) {
                return map == null ? super.map(distances) : map.apply(distances);
              }
            });
  }

  private static Tensor large(Tensor distances, boolean aligned) {
    int h = distances.dim(1);
    Tensor map = Tensor.zeros(1, SIDE, SIDE);
    for (int i = 0; i < map.size(); i++) {
      double y = place(i / SIDE, h, SIDE, aligned);
      double x = place(i % SIDE, h, SIDE, aligned);
      int top = (int) y;
      int left = (int) x;
      int bottom = Math.min(top + 1, h - 1);
      int right = Math.min(left + 1, h - 1);
      float[] d = distances.data();
      map.data()[i] =
          (float)
              ((1 - y + top)
                      * ((1 - x + left) * d[top * h + left] + (x - left) * d[top * h + right])
                  + (y - top)
                      * ((1 - x + left) * d[bottom * h + left]
                          + (x - left) * d[bottom * h + right]));
    }
    return map;
  }

  /** A blur with a kernel of a reach, zeros beyond the edge if asked for. */
  private static Tensor blurred(Tensor map, int reach, boolean zeros) {
    Tensor out = Tensor.zeros(SIDE, SIDE);
    double sum = 0;
    for (int k = -reach; k <= reach; k++) {
      sum += Math.exp(-k * k / 32.0);
    }
    for (int i = 0; i < out.size(); i++) {
      double value = 0;
      for (int dy = -reach; dy <= reach; dy++) {
        for (int dx = -reach; dx <= reach; dx++) {
          int y = i / SIDE + dy;
          int x = i % SIDE + dx;
          boolean beyond = y < 0 || x < 0 || y >= SIDE || x >= SIDE;
          if (!(beyond && zeros)) {
            int at = Border.REFLECT.inside(y, SIDE) * SIDE + Border.REFLECT.inside(x, SIDE);
            value += Math.exp(-(dy * dy + dx * dx) / 32.0) * map.data()[at];
          }
        }
      }
      out.data()[i] = (float) (value / sum / sum);
    }
    return out;
  }

  private static Tensor own(Tensor distances) {
    return padim
        .recipe()
        .map()
        .compute(session.engine(), distances, TileGrid.whole(SIDE, SIDE))
        .part(0);
  }

  private static Tensor byRange(Tensor map) {
    double low = ScoreMaps.min(map);
    double high = ScoreMaps.max(map);
    return each(map, v -> (v - low) / (high - low));
  }

  static Stream<Planted> maps() {
    return Stream.of(
        new Planted(
            "nearest map",
            "map",
            "A: bilinear, σ=4, reflect; B: nearest, σ=4, reflect",
            test -> subject(with(padim, Map.of("map_interpolation", "nearest")))),
        new Planted(
            "bicubic map",
            "map",
            "B: bicubic, σ=4, reflect",
            test -> subject(with(padim, Map.of("map_interpolation", "bicubic")))),
        new Planted(
            "replicated border",
            "map",
            "A: bilinear, σ=4, reflect; B: bilinear, σ=4, replicate",
            test -> subject(with(padim, Map.of("border", "replicate")))),
        new Planted(
            "sigma 3",
            "map",
            "B: bilinear, σ=3, reflect",
            test -> subject(with(padim, Map.of("blur_sigma", 3)))),
        new Planted(
            "no blur",
            "map",
            "B: bilinear, no blur",
            test -> subject(with(padim, Map.of("blur_sigma", 0)))),
        map(
            "aligned corners",
            "B: bilinear with aligned corners (align_corners), σ=4, reflect",
            distances -> blurred(large(distances, true), 16, false)),
        map(
            "a shorter kernel",
            "B: bilinear, σ=4, kernel of 25, reflect",
            distances -> blurred(large(distances, false), 12, false)),
        map(
            "zeros beyond the edge",
            "B: bilinear, σ=4, zeros beyond the edge",
            distances -> blurred(large(distances, false), 16, true)),
        map(
            "scaled by its own range",
            "B's values are A's by their own minimum and maximum",
            distances -> byRange(own(distances))),
        map(
            "rows and columns of the map exchanged",
            "B's values are A's with rows and columns exchanged",
            distances -> {
              Tensor map = own(distances);
              Tensor turned = Tensor.zeros(SIDE, SIDE);
              for (int i = 0; i < map.size(); i++) {
                turned.data()[i] = map.data()[i % SIDE * SIDE + i / SIDE];
              }
              return turned;
            }));
  }

  static Stream<Planted> scores() {
    return Stream.of(
        new Planted(
            "mean of the map",
            "score",
            "A: maximum of the map; B: mean of the map",
            test -> subject(with(padim, Map.of("score", "mean")))),
        new Planted(
            "maximum distance",
            "score",
            "A: maximum of the map; B: maximum distance",
            test ->
                new Chain(padim) {
                  @Override
                  double score(Tensor embedding, Tensor distances, Tensor map) {
                    return ImageScore.MAX.of(distances.part(0));
                  }
                }),
        new Planted(
            "no re-weighting",
            "score",
            "A: maximum distance, re-weighted by 3 neighbours; B: maximum distance",
            test -> subject(with(patchCore, Map.of("reweighting", "none")))),
        new Planted(
            "re-weighted by 2",
            "score",
            "B: maximum distance, re-weighted by 2 neighbours",
            test -> subject(with(patchCore, Map.of("reweighting", 2)))),
        new Planted(
            "not normalised",
            "normalised",
            "A: (score − low)/(high − low); B: not normalised, the score itself",
            test ->
                new Chain(padim) {
                  @Override
                  double normalised(double score) {
                    return score;
                  }
                }),
        new Planted(
            "normalised as anomalib",
            "normalised",
            "B: (score − threshold)/(high − low) + 0.5",
            test ->
                new Chain(padim) {
                  @Override
                  double normalised(double score) {
                    return super.normalised(score) - super.threshold() + 0.5;
                  }

                  @Override
                  double threshold() {
                    return 0.5;
                  }
                }),
        new Planted(
            "threshold on the scale of raw scores",
            "threshold",
            "is on the scale of scores that are not normalised",
            test ->
                new Chain(padim) {
                  @Override
                  double threshold() {
                    return calibration().denormalise(super.threshold());
                  }
                }),
        new Planted(
            "the verdict the other way round",
            "verdict",
            "B: normalised < threshold",
            test ->
                new Chain(padim) {
                  @Override
                  boolean isAnomalous(double normalised) {
                    return !super.isAnomalous(normalised);
                  }
                }));
  }

  static Stream<Planted> planted() {
    return Stream.of(
            decoders(), inputs(), features(), embeddings(), fits(), distances(), maps(), scores())
        .flatMap(stream -> stream);
  }

  @ParameterizedTest
  @MethodSource("planted")
  void theFirstStageAndItsCauseAreNamed(Planted planted) {
    Subject b = planted.b.apply(this);
    boolean bank = b.values(images.getFirst()).has("bank");
    Doctor.Diagnosis diagnosis = diagnosis(subject(bank ? patchCore : padim), b);
    assertThat(diagnosis.first()).as(diagnosis.toString()).isEqualTo(planted.stage);
    assertThat(diagnosis.causes().getFirst()).contains(planted.cause);
  }

  /** An export with its outputs alone: the other side is run from changed inputs. */
  @Test
  void whereOnlyOutputsAreThereAChangedInputIsFoundByRunning() {
    String[] outputs = {"input", "layer1", "layer2", "layer3", "embedding", "distances"};
    Subject b =
        new Chain(padim, outputs) {
          @Override
          Tensor input(Pixels pixels) {
            double[][] p = levels(cropped(pixels));
            return imageNet(new double[][] {p[2], p[1], p[0]});
          }
        };
    Doctor.Diagnosis diagnosis = diagnosis(subject(padim), b);
    assertThat(diagnosis.first()).isEqualTo("map");
    assertThat(diagnosis.causes())
        .containsExactly("B's values are A's with another input: channel order: BGR");
    Subject plain =
        new Chain(padim, outputs) {
          @Override
          Tensor input(Pixels pixels) {
            return imageNet(crop(sampled(pixels, 73, 73, false, false), 73, 73));
          }
        };
    assertThat(diagnosis(plain, subject(padim)).causes().getFirst())
        .contains("A's values are B's with another input: resize: bilinear without antialias");
  }

  static Stream<Model> models() {
    return Stream.of(padim, patchCore);
  }

  @ParameterizedTest
  @MethodSource("models")
  void equalModelsAreTheSameOnEveryEngine(Model model) {
    assertSame(subject(model), new Chain(model));
    List<Engine> engines =
        List.of(
            engine(Convolutions.DIRECT),
            engine(Convolutions.WINOGRAD2),
            new ScalarEngine(PARALLEL));
    for (Engine engine : engines) {
      Session other = Session.strict(engine, PARALLEL, WEIGHTS);
      Path file = folder.resolve("model.safetensors");
      model.save(file);
      assertSame(subject(model), subject(Model.load(file, other)));
    }
    assertSame(
        subject(model),
        subject(
            fitted(
                Session.strict(engine(Convolutions.DIRECT), PARALLEL, WEIGHTS), model.recipe())));
  }

  private static void assertSame(Subject a, Subject b) {
    Doctor.Diagnosis diagnosis = diagnosis(a, b);
    assertThat(diagnosis.first()).as(diagnosis.toString()).isNull();
    assertThat(diagnosis.same()).isTrue();
    assertThat(diagnosis.stages()).hasSizeGreaterThan(8);
    assertThat(diagnosis.scores()).hasSize(3).allMatch(score -> score.a() > 0);
  }

  @Test
  void aModelIsComparedWithWhatItWroteDown() {
    for (Model model : List.of(padim, patchCore)) {
      for (ImageSource image : images) {
        Path place = folder.resolve(model.recipe().method()).resolve(image.name() + ".png");
        new ModelSubject("A", model).values(image).write(place.resolve("values.npz"));
      }
      Subject dump = DumpSubject.of(folder.resolve(model.recipe().method()));
      assertThat(dump.images()).hasSize(3);
      assertSame(subject(model), dump);
      // By the pixels in the dump, and by names alone.
      assertThat(Doctor.compare(session, subject(model), dump, List.of()).first()).isNull();
      assertThat(Doctor.compare(session, dump, dump, List.of()).scores()).hasSize(3);
    }
  }

  private static Difference difference(StageName stage, Dump a, Dump b) {
    return Difference.of(stage, a, b).orElseThrow();
  }

  private static Tensor matrix(int columns, float... values) {
    return Tensor.of(values, values.length / columns, columns);
  }

  @Test
  void aSmallDistanceIsRoundingInAnotherProgramAlone() {
    Tensor bank = matrix(4, 10, 10, 10, 10);
    Tensor patches = matrix(4, 10, 10, 10, 10, 10, 10, 10, 11);
    Map<String, Tensor> values =
        Map.of("bank", bank, "embedding", patches, "distances", matrix(2, 0, 1));
    Map<String, Tensor> near = new LinkedHashMap<>(values);
    near.put("distances", matrix(2, 0.01f, 1));
    Dump a = Dump.of("a", values);
    assertThat(difference(StageName.DISTANCES, a, Dump.of("b", near)).within(StageName.DISTANCES))
        .isFalse();
    Map<String, StoredTensor> stored = new LinkedHashMap<>();
    near.forEach((name, tensor) -> stored.put(name, StoredTensor.of(tensor)));
    Dump foreign = Dump.stored("b", stored);
    assertThat(difference(StageName.DISTANCES, a, foreign).within(StageName.DISTANCES)).isTrue();
  }

  @Test
  void roundingThatReordersABankIsNoDifference() {
    Dump a = Dump.of("a", Map.of("bank", matrix(2, 1, 5, 1.00001f, 9, 3, 3)));
    Dump b = Dump.of("b", Map.of("bank", matrix(2, 3, 3, 1.00001f, 5, 1, 9)));
    assertThat(difference(StageName.BANK, a, b).within(StageName.BANK)).isTrue();
    Dump c = Dump.of("c", Map.of("bank", matrix(2, 1, 5, 1, 5, 3, 3)));
    assertThat(difference(StageName.BANK, a, c).absolute()).isEqualTo(4);
    assertThat(difference(StageName.BANK, c, a).absolute()).isEqualTo(4);
  }

  @Test
  void aVerdictAtTheThresholdIsRounding() {
    assertThat(verdicts(0.50001f, 0.49999f).within(StageName.VERDICT)).isTrue();
    assertThat(verdicts(0.51f, 0.49999f).within(StageName.VERDICT)).isFalse();
  }

  private static Difference verdicts(float above, float below) {
    Dump a = Dump.of("a", decided(above, 1));
    return difference(StageName.VERDICT, a, Dump.of("b", decided(below, 0)));
  }

  private static Map<String, Tensor> decided(float normalised, int verdict) {
    return Map.of(
        "normalised", Chain.number(normalised),
        "threshold", Chain.number(0.5),
        "verdict", Chain.number(verdict));
  }

  @Test
  void anInfiniteValueHidesNoOther() {
    float inf = Float.POSITIVE_INFINITY;
    Dump a = Dump.of("a", Map.of("map", matrix(2, inf, 1, 2, 3)));
    Dump b = Dump.of("b", Map.of("map", matrix(2, inf, 1, 2, 4)));
    assertThat(difference(StageName.MAP, a, b).within(StageName.MAP)).isFalse();
    assertThat(difference(StageName.MAP, a, a).within(StageName.MAP)).isTrue();
  }

  @Test
  void imagesThatShareValuesAreRefused() {
    Subject a = subject(padim);
    Path one = folder.resolve("shared/000.png");
    a.values(images.getFirst()).write(one.resolve("values.npz"));
    assertThatThrownBy(() -> Doctor.compare(session, a, DumpSubject.of(one), images))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("holds the values of one image");
    DumpSubject all = DumpSubject.of(folder.resolve("shared"));
    List<ImageSource> twins =
        Stream.of("good/000.png", "broken/000.png")
            .map(name -> ImageSource.of(name, images.getFirst().read()))
            .toList();
    assertThatThrownBy(() -> Doctor.compare(session, a, all, twins))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("good/000.png and of broken/000.png by the same name");
    a.values(images.getFirst()).write(folder.resolve("shared/000.jpg/values.npz"));
    assertThatThrownBy(() -> DumpSubject.of(folder.resolve("shared")))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("by the same name");
  }

  @Test
  void whatCannotBeComparedIsNamed() {
    Subject a = subject(padim);
    assertThatThrownBy(() -> Doctor.compare(session, a, a, List.of()))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("name images to compare them on (images)");
    new ModelSubject("A", padim)
        .values(images.getFirst())
        .write(folder.resolve("other/else/values.npz"));
    Subject dump = DumpSubject.of(folder.resolve("other"));
    assertThatThrownBy(() -> Doctor.compare(session, a, dump, images))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("holds no values of them");
    String[] tensors =
        Arrays.stream(StageName.values())
            .flatMap(stage -> stage.tensors().stream())
            .toArray(String[]::new);
    Subject pixels = new Chain(padim, tensors);
    assertThatThrownBy(() -> Doctor.compare(session, a, pixels, images))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("no stage in common");
  }
}
