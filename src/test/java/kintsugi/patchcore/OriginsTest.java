package kintsugi.patchcore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import kintsugi.backbone.ResNet;
import kintsugi.dataset.ImageFolder;
import kintsugi.dataset.SyntheticConcrete;
import kintsugi.detector.AnomalyDetector;
import kintsugi.detector.Choices;
import kintsugi.detector.FileCheck;
import kintsugi.detector.Fit;
import kintsugi.detector.Inspector;
import kintsugi.detector.Methods;
import kintsugi.detector.Model;
import kintsugi.detector.Origin;
import kintsugi.detector.Recipe;
import kintsugi.detector.Scored;
import kintsugi.detector.Session;
import kintsugi.detector.Teaching;
import kintsugi.detector.TrainingImages;
import kintsugi.engine.Parallel;
import kintsugi.engine.vector.VectorEngine;
import kintsugi.image.ImageSource;
import kintsugi.tensor.Tensor;
import kintsugi.weights.Safetensors;
import kintsugi.weights.StoredTensor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A bank's row and the embedding at its origin, computed from that image again, are equal to the
 * bit, however the bank was made.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OriginsTest {
  @TempDir static Path folder;

  private final Parallel parallel = new Parallel(2);
  private Session session;
  private List<ImageSource> images;

  @BeforeAll
  void draw() {
    SyntheticConcrete.write(folder, 7, 2, 2);
    session = Session.strict(new VectorEngine(parallel), parallel, ResNet.randomWeights(1));
    images = sources(SyntheticConcrete.NORMAL);
  }

  private static List<ImageSource> sources(String name) {
    return ImageFolder.list(folder.resolve(name)).stream().map(ImageSource::of).toList();
  }

  @AfterAll
  void close() {
    parallel.close();
  }

  private static Recipe recipe(String name, Map<String, ?> more) {
    Map<String, Object> choices = new HashMap<>(Map.of("resize", "96x64", "ratio", 0.1));
    if (!name.equals("patchcore/matlab") && !name.equals("patchcore/kintsugi")) {
      choices.put("crop", "same");
    }
    choices.putAll(more);
    return Choices.with(Methods.recipe(name), choices);
  }

  private Fit fit(Recipe recipe, List<ImageSource> some) {
    Fit fit = Methods.named("patchcore").fit(session, recipe, 3);
    fit.add(some);
    return fit;
  }

  private Model saved(Model model) {
    Path file = folder.resolve("model.safetensors");
    model.save(file);
    return Model.load(file, session);
  }

  /** How many of the bank's rows are, to the bit, what their origins' images lead to. */
  private int agreeing(AnomalyDetector detector, List<ImageSource> all) {
    Tensor bank = detector.tensors().get(PatchCoreTensors.BANK).tensor();
    Map<Long, Scored> scored = new LinkedHashMap<>();
    for (ImageSource source : all) {
      Scored each = detector.score(source);
      scored.put(TrainingImages.digest(each.image()), each);
    }
    int grid = (int) session.patches(detector.recipe(), detector.inputSize()).positions();
    Origins origins = Origins.storedIn(detector.tensors(), Origins.OF_BANK, bank.dim(0), grid);
    int agreeing = 0;
    for (int row = 0; row < bank.dim(0); row++) {
      Scored image = scored.get(origins.images()[row]);
      if (image != null && origins.positions()[row] >= 0) {
        float[] again = image.patch(origins.positions()[row]);
        agreeing += Arrays.equals(again, bank.part(row).data()) ? 1 : 0;
      }
    }
    return agreeing;
  }

  private static int rows(AnomalyDetector detector) {
    return detector.tensors().get(PatchCoreTensors.BANK).tensor().dim(0);
  }

  @ParameterizedTest
  @CsvSource({
    "patchcore/kintsugi, ''",
    "patchcore/matlab, ''",
    "patchcore/anomalib, ''",
    "patchcore/amazon, ''",
    "patchcore/kintsugi, candidates=20",
    "patchcore/anomalib, candidates=17",
    "patchcore/kintsugi, tile=64"
  })
  void everyRowIsThePatchAtItsOrigin(String name, String choice) {
    Map<String, String> more =
        choice.isEmpty() ? Map.of() : Map.of(choice.split("=")[0], choice.split("=")[1]);
    Model model = saved(fit(recipe(name, more), images).finish());
    assertThat(rows(model.detector())).isGreaterThan(5);
    assertThat(agreeing(model.detector(), images)).isEqualTo(rows(model.detector()));
  }

  private Path partial(Recipe recipe, List<ImageSource> some, String name) {
    Path file = folder.resolve(name);
    try (Fit fit = fit(recipe, some)) {
      fit.save(file);
    }
    return file;
  }

  @ParameterizedTest
  @ValueSource(strings = {"patchcore/kintsugi", "patchcore/anomalib"})
  void soIsThatOfABankOfSeveralFits(String name) {
    Recipe recipe = recipe(name, Map.of("candidates", 40));
    Path first = partial(recipe, images.subList(0, 3), "a");
    Path second = partial(recipe, images.subList(3, 5), "b");
    assertThat(FileCheck.of(first, Optional.of(session)).findings()).isEmpty();
    Path model = folder.resolve("merged.safetensors");
    try (Fit merged = Fit.load(first, session)) {
      merged.merge(Fit.load(second, session));
      Model half = merged.finish();
      assertThat(agreeing(half.detector(), images)).isEqualTo(rows(half.detector()));
      half.save(model);
    }
    // A model that is continued, and that fit continued from its file.
    Path continued = folder.resolve("continued");
    try (Fit fit = Fit.load(model, session)) {
      fit.add(images.subList(5, 7));
      fit.save(continued);
    }
    try (Fit fit = Fit.load(continued, session)) {
      AnomalyDetector detector = saved(fit.finish()).detector();
      assertThat(agreeing(detector, images)).isEqualTo(rows(detector));
      assertThat(agreeing(detector, images.subList(0, 5))).isLessThan(rows(detector));
    }
  }

  @ParameterizedTest
  @CsvSource({"patchcore/kintsugi, ''", "patchcore/anomalib, 20", "patchcore/kintsugi, 30"})
  void soIsThatOfAComposableBankInParts(String name, String candidates) {
    Map<String, String> more = candidates.isEmpty() ? Map.of() : Map.of("candidates", candidates);
    Recipe recipe = recipe(name, more);
    LocalParts parts =
        new LocalParts(
            session,
            3,
            i -> PatchPart.of(fit(recipe, images.subList(i * 7 / 3, (i + 1) * 7 / 3)), session));
    var search =
        new CoresetSearch(parts, ((PatchCoreRecipe) recipe).coreset(), 3, Session.Options.STRICT);
    AnomalyDetector detector = saved(search.model(search.composable(), session)).detector();
    assertThat(agreeing(detector, images)).isEqualTo(rows(detector));
  }

  @Test
  void soIsThatOfAnImageTaught() {
    Model model = fit(recipe("patchcore/kintsugi", Map.of()), images.subList(0, 5)).finish();
    List<ImageSource> bad = sources(SyntheticConcrete.ANOMALOUS);
    Model taught = saved(Teaching.teach(model, bad, "", Teaching.Elsewhere.UNKNOWN).after());
    List<ImageSource> all = Stream.concat(images.stream(), bad.stream()).toList();
    AnomalyDetector detector = taught.detector();
    assertThat(rows(detector)).isGreaterThan(rows(model.detector()));
    assertThat(agreeing(detector, all)).isEqualTo(rows(detector));
    assertThat(agreeing(detector, images)).isEqualTo(rows(model.detector()));
  }

  @Test
  void theNearestPatchesAreNamed() {
    Recipe recipe = recipe("patchcore/kintsugi", Map.of());
    AnomalyDetector detector = fit(recipe, images).finish().detector();
    Tensor bank = detector.tensors().get(PatchCoreTensors.BANK).tensor();
    Scored scored = detector.score(images.get(2));
    int columns = session.patches(recipe, detector.inputSize()).width();
    Origins origins = Origins.storedIn(detector.tensors(), Origins.OF_BANK, bank.dim(0), 96);
    long digest = TrainingImages.digest(scored.image());
    int own = 0;
    for (int row = 0; row < bank.dim(0); row++) {
      if (origins.images()[row] == digest) {
        int position = origins.positions()[row];
        Inspector.Neighbour nearest =
            detector.inspector().nearest(scored.patch(position), 4).getFirst();
        assertThat(nearest.distance()).isZero();
        assertThat(nearest.bankRow()).isEqualTo(row);
        assertThat(nearest.origin().image())
            .isEqualTo("" + images.get(2).file().orElseThrow().getFileName());
        assertThat(scored.image().hash()).startsWith(nearest.origin().imageId());
        assertThat(nearest.origin().row()).isEqualTo(position / columns);
        assertThat(nearest.origin().column()).isEqualTo(position % columns);
        own++;
      }
    }
    assertThat(own).isPositive();
  }

  /** Files of earlier builds, and banks that other programs chose. */
  @Test
  void aBankWithoutOriginsStaysOne() {
    AnomalyDetector detector =
        fit(recipe("patchcore/kintsugi", Map.of()), images).finish().detector();
    Map<String, StoredTensor> bare =
        Map.of(PatchCoreTensors.BANK, detector.tensors().get(PatchCoreTensors.BANK));
    AnomalyDetector adopted =
        Methods.named("patchcore").adopt(session, detector.recipe(), detector.inputSize(), bare);
    assertThat(adopted.tensors()).containsOnlyKeys(PatchCoreTensors.BANK);
    float[] patch = detector.score(images.getFirst()).patch(0);
    assertThat(adopted.inspector().nearest(patch, 3))
        .hasSize(3)
        .allMatch(neighbour -> neighbour.origin().equals(Origin.UNKNOWN));
  }

  @Test
  void originsThatCannotBeAreRefused() {
    Path file = folder.resolve("sound.safetensors");
    fit(recipe("patchcore/kintsugi", Map.of()), images).finish().save(file);
    Map<String, StoredTensor> tensors = Safetensors.read(file).tensors();
    int rows = tensors.get(PatchCoreTensors.BANK).tensor().dim(0);
    int[] sound = tensors.get(Origins.OF_BANK).ints();
    assertThat(PatchCoreTensors.check(tensors)).isEmpty();
    Map<String, StoredTensor> other = new LinkedHashMap<>(tensors);
    int[] foreign = sound.clone();
    foreign[3] ^= 1;
    other.put(Origins.OF_BANK, StoredTensor.of(foreign, rows, 3));
    assertThat(PatchCoreTensors.check(other))
        .containsExactly(
            "its tensor origin.memory_bank has 1 patches of images that are not among its training"
                + " images");
    int[] outside = sound.clone();
    outside[5] = 96;
    other.put(Origins.OF_BANK, StoredTensor.of(outside, rows, 3));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Origins.storedIn(other, Origins.OF_BANK, rows, 96))
        .withMessage("its tensor origin.memory_bank has position 96 of a grid of 96 at row 1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Origins.storedIn(tensors, Origins.OF_BANK, rows + 1, 96))
        .withMessageContaining("does not hold the origins of");
  }

  /** The same images in another folder lead to the same file. */
  @Test
  void noFolderIsInTheFile() throws IOException {
    Path there = Files.createDirectories(folder.resolve("elsewhere"));
    for (ImageSource image : images) {
      Path file = image.file().orElseThrow();
      Files.copy(file, there.resolve(file.getFileName()));
    }
    Recipe recipe = recipe("patchcore/kintsugi", Map.of());
    Path here = folder.resolve("here.safetensors");
    Path other = folder.resolve("other.safetensors");
    fit(recipe, images).finish().save(here);
    fit(recipe, sources("elsewhere")).finish().save(other);
    assertThat(Files.readAllBytes(other)).isEqualTo(Files.readAllBytes(here));
  }
}
