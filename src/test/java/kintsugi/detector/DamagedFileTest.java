package kintsugi.detector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import kintsugi.InputException;
import kintsugi.backbone.ResNet;
import kintsugi.dataset.ImageFolder;
import kintsugi.dataset.SyntheticConcrete;
import kintsugi.engine.Parallel;
import kintsugi.engine.vector.VectorEngine;
import kintsugi.examples.meanpatch.MeanPatchMethod;
import kintsugi.image.ImageSource;
import kintsugi.weights.JsonText;
import kintsugi.weights.Safetensors;
import kintsugi.weights.StoredTensor;
import kintsugi.weights.Weights;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Model files and partial fits with a flipped bit, an impossible value or other metadata. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DamagedFileTest {
  private static final Method THIRD = new MeanPatchMethod();
  private static final long SEED = 3;
  private static final Object REMOVED = new Object();

  /** Choices that files of former versions do not have. */
  private static final List<String> NEW =
      List.of(
          "bit_depth",
          "color_profile",
          "tiling",
          "side",
          "overlap",
          "layers",
          "neighbourhood",
          "scale",
          "window",
          "candidates");

  /** Other values that each value of the metadata is replaced by. */
  private static final int OTHERS = 2;

  @TempDir static Path folder;

  private final Parallel parallel = new Parallel(1);
  private final Session session = session(ResNet.randomWeights(1).fingerprint());
  private final Map<String, Path> files = new LinkedHashMap<>();
  private List<ImageSource> images;

  private Session session(String fingerprint) {
    Weights random = ResNet.randomWeights(1);
    return Session.strict(
        new VectorEngine(parallel),
        parallel,
        new Weights(random.source(), fingerprint, random.tensors()));
  }

  @BeforeAll
  void fit() {
    Methods.add(THIRD);
    SyntheticConcrete.write(folder, 4, 2, 4);
    images =
        ImageFolder.list(folder.resolve(SyntheticConcrete.NORMAL)).stream()
            .map(ImageSource::of)
            .toList();
    fit("padim", Map.of("channels", 3));
    fit("patchcore", Map.of("bank_size", 5));
    fit(THIRD.name(), Map.of());
  }

  private void fit(String method, Map<String, ?> choices) {
    Map<String, Object> all = new LinkedHashMap<>(choices);
    all.putAll(Map.of("resize", "48x48", "crop", "same"));
    Recipe recipe = Choices.with(Methods.recipe(method), all);
    for (String kind : List.of("model", "partial")) {
      Path file = folder.resolve(method + "-" + kind + ".safetensors");
      Fit fit = Methods.named(method).fit(session, recipe, SEED);
      fit.add(images);
      if (kind.equals("partial")) {
        fit.save(file);
      } else {
        Model model = fit.finish();
        model.with(Calibration.of(model, images, List.of(), Optional.empty())).save(file);
      }
      files.put(method + "-" + kind, file);
    }
  }

  @AfterAll
  void close() {
    Methods.remove(THIRD.name());
    parallel.close();
  }

  static Stream<String> kinds() {
    return Stream.of("padim", "patchcore", THIRD.name())
        .flatMap(method -> Stream.of(method + "-model", method + "-partial"));
  }

  private Object load(Path file) {
    return file.getFileName().toString().contains("model")
        ? Model.load(file, session)
        : Fit.load(file, session);
  }

  /** One line that begins with the file. */
  private void assertRefused(Path file, String... words) {
    assertThatThrownBy(() -> load(file))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith(file + ": ")
        .message()
        .doesNotContain("\n")
        .matches(message -> Stream.of(words).allMatch(message::contains), String.join(", ", words));
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void aFlippedBitAnywhereIsNoticed(String kind) throws IOException {
    byte[] whole = Files.readAllBytes(files.get(kind));
    Path file = folder.resolve("flipped-" + kind + ".safetensors");
    Random random = new Random(7);
    int header = 8 + (int) ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
    int[] places = new int[header + 300];
    for (int i = 0; i < places.length; i++) {
      places[i] = i < header ? i : random.nextInt(header, whole.length);
    }
    for (int place : places) {
      byte[] damaged = whole.clone();
      damaged[place] ^= (byte) (1 << random.nextInt(8));
      Files.write(file, damaged);
      assertRefused(file);
    }
  }

  /** The file without a digest, as format 3 had it, changed. */
  private Path changed(
      String kind, Consumer<Map<String, String>> metadata, Consumer<Map<String, StoredTensor>> to) {
    Safetensors stored = Safetensors.read(files.get(kind));
    Map<String, String> entries = new LinkedHashMap<>(stored.metadata());
    Map<String, StoredTensor> tensors = new LinkedHashMap<>(stored.tensors());
    entries.put("kintsugi.format", "3");
    entries.remove("sha256");
    metadata.accept(entries);
    to.accept(tensors);
    Path file = folder.resolve("changed-" + kind + ".safetensors");
    new Safetensors(entries, tensors).write(file);
    return file;
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void aFileOfFormat3IsRead(String kind) {
    Path file = changed(kind, metadata -> {}, tensors -> {});
    if (load(file) instanceof Model model) {
      Model original = Model.load(files.get(kind), session);
      assertThat(scores(model)).isEqualTo(scores(original));
      assertThat(model.calibration()).isEqualTo(original.calibration()).isPresent();
    }
  }

  private List<Double> scores(Model model) {
    return model.detector().score(images, "test").map(Scored::score).toList();
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void withoutItsDigestAFileOfFormat4IsRefused(String kind) {
    Path file = changed(kind, metadata -> metadata.put("kintsugi.format", "4"), tensors -> {});
    assertRefused(file, "its metadata has no sha256");
  }

  private static StoredTensor with(StoredTensor tensor, int index, double value) {
    double[] values = tensor.doubles();
    values[index] = value;
    float[] floats = new float[values.length];
    int[] integers = new int[values.length];
    long[] longs = new long[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
      integers[i] = (int) values[i];
      longs[i] = (long) values[i];
    }
    return switch (tensor.type()) {
      case F64 -> StoredTensor.of(values, tensor.shape());
      case F32 -> StoredTensor.of(floats, tensor.shape());
      case I64 -> StoredTensor.of(new long[][] {longs}, tensor.shape());
      default -> StoredTensor.of(integers, tensor.shape());
    };
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void aValueThatIsNotFiniteIsNamed(String kind) {
    for (var entry : Safetensors.read(files.get(kind)).tensors().entrySet()) {
      StoredTensor tensor = entry.getValue();
      if (tensor.type() != StoredTensor.Type.F32 && tensor.type() != StoredTensor.Type.F64) {
        continue;
      }
      for (double value : new double[] {Double.NaN, Double.NEGATIVE_INFINITY}) {
        int last = tensor.count() - 1;
        Path file = changed(kind, m -> {}, t -> t.put(entry.getKey(), with(tensor, last, value)));
        assertRefused(file, "tensor " + entry.getKey() + " has the value " + value + " at " + last);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "padim-model, cholesky_factor, 5, 0",
    "padim-model, cholesky_factor, 0, -1",
    "padim-model, channels, 2, 448",
    "padim-model, channels, 0, -1",
    "padim-partial, channels, 1, 100000",
    "padim-partial, count, 0, 0",
    "padim-partial, count, 0, -4",
    "padim-partial, count, 0, 3.5",
    "padim-partial, count, 0, 1e300",
    "padim-partial, products.3, 2, -2147483648",
    "padim-partial, products.3, 2, 9e18",
    "padim-partial, sums, 2, 1e15",
    "patchcore-partial, counts, 0, -4",
    "patchcore-partial, counts, 3, 7",
    "patchcore-partial, counts, 4, -1",
    "patchcore-partial, counts, 5, 0.5",
    "patchcore-partial, counts, 0, 5",
    "patchcore-partial, counts, 2, 1e17"
  })
  void aValueThatCannotBeIsRefused(String kind, String name, int index, double value) {
    Path file = changed(kind, m -> {}, t -> t.put(name, with(t.get(name), index, value)));
    assertRefused(file);
  }

  @ParameterizedTest
  @CsvSource({
    "padim-model, channels, '[2]'",
    "padim-model, mean, '[16, 9, 3]'",
    "padim-model, mean, '[12, 12, 3, 1]'",
    "padim-model, mean, '[0, 2147483647, 3]'",
    "padim-model, cholesky_factor, '[143, 6]'",
    "padim-model, cholesky_factor, '[144, 5]'",
    "padim-partial, sums, '[0, 12, 3]'",
    "padim-partial, sums, '[12, 12, 2]'",
    "padim-partial, sums, '[9, 16, 3]'",
    "padim-partial, products.11, '[12, 5]'",
    "padim-partial, products.0, '[11, 6]'",
    "padim-partial, count, '[2]'",
    "patchcore-model, memory_bank, '[5, 383]'",
    "patchcore-model, memory_bank, '[4, 384]'",
    "patchcore-model, memory_bank, '[0, 384]'",
    "patchcore-partial, patches.0, '[143, 384]'",
    "patchcore-partial, patches.0, '[288, 192]'",
    "patchcore-partial, counts, '[5]'"
  })
  void aShapeThatDoesNotFitIsRefused(String kind, String name, String text) {
    long[] shape =
        Stream.of(text.replaceAll("[\\[\\]\\s]", "").split(","))
            .mapToLong(Long::parseLong)
            .toArray();
    long count = 1;
    for (long extent : shape) {
      count *= extent;
    }
    int size = (int) count;
    Path file =
        changed(
            kind,
            m -> {},
            t ->
                t.put(
                    name,
                    switch (t.get(name).type()) {
                      case F64 -> StoredTensor.of(ones(size), shape);
                      case F32 -> StoredTensor.of(new float[size], shape);
                      default -> StoredTensor.of(new int[size], shape);
                    }));
    assertRefused(file);
  }

  private static double[] ones(int size) {
    double[] ones = new double[size];
    Arrays.fill(ones, 1);
    return ones;
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void metadataThatIsMissingIsRefused(String kind) {
    Set<String> optional = Set.of("sha256", "calibration", "fitted_by", "calibrated_by");
    for (String key : Safetensors.read(files.get(kind)).metadata().keySet()) {
      if (!optional.contains(key)) {
        assertRefused(changed(kind, metadata -> metadata.remove(key), tensors -> {}));
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "kintsugi.format | 5",
        "kind | pattern",
        "seed | one",
        "seed | 99999999999999999999",
        "method | sorcery",
        "input_size | {\"width\":0,\"height\":32}",
        "input_size | {\"width\":-32,\"height\":32}",
        "input_size | {\"width\":32,\"height\":2147483647}",
        "input_size | {\"width\":99999999999,\"height\":32}",
        "input_size | null",
        "recipe | {}",
        "recipe | null",
        "recipe | [1]",
        "recipe | {\"name\":",
        "calibration | null",
        "calibration | {}",
        "summary | null",
        "summary | {}"
      })
  void metadataThatCannotBeIsRefused(String key, String value) {
    for (String kind : List.of("padim-model", "patchcore-model")) {
      assertRefused(changed(kind, metadata -> metadata.put(key, value), tensors -> {}));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "null",
        "[]",
        "[null]",
        "\"layer1\"",
        "[\"layer9\"]",
        "[\"layer1\",\"layer1\"]",
        "{}",
        "7"
      })
  void tapsThatTheWeightsOrTheTensorsDoNotHaveAreRefused(String taps) {
    for (String kind : (Iterable<String>) kinds()::iterator) {
      Path file =
          changed(
              kind,
              metadata ->
                  metadata.compute(
                      "recipe",
                      (key, recipe) ->
                          recipe.replaceFirst("\"taps\":\\[[^]]*]", "\"taps\":" + taps)),
              tensors -> {});
      if (!kind.startsWith(THIRD.name())) {
        assertRefused(file);
      }
    }
  }

  /** Every value of the metadata's JSON, one at a time, removed, or replaced by some others. */
  @ParameterizedTest
  @MethodSource("kinds")
  void changedMetadataIsRefusedOrScoresAreFinite(String kind) {
    Object[] values = {
      null,
      0L,
      -1L,
      1L << 40,
      Long.MAX_VALUE,
      1e300,
      -1e300,
      "NaN",
      "Infinity",
      "",
      "\u0000\n",
      true,
      List.of(),
      Map.of(),
      "x".repeat(9999)
    };
    Random random = new Random(11);
    Map<String, String> metadata = Safetensors.read(files.get(kind)).metadata();
    for (String key : List.of("input_size", "recipe", "summary", "calibration")) {
      if (!metadata.containsKey(key)) {
        continue;
      }
      for (List<String> place : places(JsonText.parse(metadata.get(key)), List.of())) {
        Path shorter = replaced(kind, key, place, REMOVED);
        // The third method makes its summary of its tensors.
        boolean unread = key.equals("summary") && kind.startsWith(THIRD.name());
        if (NEW.contains(place.getLast()) || unread) {
          assertRefusedOrUsable(shorter);
        } else {
          assertRefused(shorter);
        }
        for (int i = 0; i < OTHERS; i++) {
          Object value = values[random.nextInt(values.length)];
          assertRefusedOrUsable(replaced(kind, key, place, value));
        }
      }
    }
  }

  /** The ways to all values of nested maps. */
  private static List<List<String>> places(Object value, List<String> before) {
    List<List<String>> places = new ArrayList<>();
    if (value instanceof Map<?, ?> map) {
      map.forEach(
          (name, inner) -> {
            List<String> place = new ArrayList<>(before);
            place.add(name.toString());
            places.add(place);
            places.addAll(places(inner, place));
          });
    }
    return places;
  }

  @SuppressWarnings("unchecked")
  private Path replaced(String kind, String key, List<String> place, Object value) {
    return changed(
        kind,
        metadata -> {
          Map<String, Object> root = (Map<String, Object>) JsonText.parse(metadata.get(key));
          Map<String, Object> holder = root;
          for (String name : place.subList(0, place.size() - 1)) {
            holder = (Map<String, Object>) holder.get(name);
          }
          if (value == REMOVED) {
            holder.remove(place.getLast());
          } else {
            holder.put(place.getLast(), value);
          }
          metadata.put(key, JsonText.write(root));
        },
        tensors -> {});
  }

  private void assertRefusedOrUsable(Path file) {
    Object loaded;
    try {
      loaded = load(file);
    } catch (InputException e) {
      assertThat(e.getMessage()).startsWith(file + ": ").doesNotContain("\n");
      return;
    }
    if (loaded instanceof Model model) {
      try {
        assertThat(model.detector().score(images.getFirst()).score()).isFinite();
      } catch (InputException e) {
        assertThat(e.getMessage()).startsWith(images.getFirst().name());
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"padim-factor-nan, cholesky_factor.", "patchcore-bank-nan, memory_bank"})
  void thePublishedCasesAreRefused(String name, String tensor) {
    Path file = Path.of("src/test/resources/cases/30-model-with-nan", name + ".safetensors");
    Session fitting = session(Safetensors.read(file).metadata().get("weights"));
    assertThatThrownBy(() -> Model.load(file, fitting))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith(file + ": ")
        .hasMessageContaining("its tensor " + tensor)
        .hasMessageContaining("NaN");
  }

  @Test
  void aFolderIsNotAModel() {
    assertRefused(folder, "is a folder");
  }

  @Test
  void theSameFitIsNotMergedTwice() {
    for (String kind : (Iterable<String>) kinds()::iterator) {
      Fit one = Fit.load(files.get(kind), session);
      Fit same = Fit.load(changed(kind, metadata -> {}, tensors -> {}), session);
      for (Fit other : List.of(one, same)) {
        assertThatThrownBy(() -> one.merge(other))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("the same fit");
      }
      assertThat(one.count()).isEqualTo(4);
    }
  }

  /** A detector whose scores are not finite from the second image on. */
  private static final class NotFinite extends AnomalyDetector {
    private final AnomalyDetector sound;

    NotFinite(AnomalyDetector sound) {
      super(sound.session(), sound.inputSize());
      this.sound = sound;
    }

    @Override
    public Scores score(Features features) {
      Scores scores = sound.score(features);
      double[] images = scores.images().clone();
      Arrays.fill(images, Math.min(1, images.length - 1), images.length, Double.NaN);
      return new Scores(scores.patches(), scores.maps(), images);
    }

    @Override
    public Recipe recipe() {
      return sound.recipe();
    }

    @Override
    public AnomalyDetector with(Recipe recipe) {
      return new NotFinite(sound.with(recipe));
    }

    @Override
    public FitSummary summary() {
      return sound.summary();
    }

    @Override
    public Map<String, StoredTensor> tensors() {
      return sound.tensors();
    }

    @Override
    public Fit resume(long seed) {
      return sound.resume(seed);
    }

    @Override
    public Inspector inspector() {
      return sound.inspector();
    }
  }

  @Test
  void aScoreThatIsNotFiniteIsAnErrorThatNamesTheImageAndTheModel() {
    Model model = Model.load(files.get("padim-model"), session);
    AnomalyDetector detector = new NotFinite(model.detector());
    String message = ": its score by the model of padim/kintsugi* is NaN";
    try (Stream<Scored> scored = detector.score(images, "test")) {
      assertThatThrownBy(scored::toList)
          .isInstanceOf(InputException.class)
          .hasMessageStartingWith(images.get(1).name() + message);
    }
    assertThatThrownBy(() -> detector.score(images.getFirst()))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith(images.getFirst().name() + message);
  }
}
