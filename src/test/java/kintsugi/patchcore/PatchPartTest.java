package kintsugi.patchcore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import kintsugi.InputException;
import kintsugi.backbone.ResNet;
import kintsugi.dataset.ImageFolder;
import kintsugi.dataset.SyntheticConcrete;
import kintsugi.detector.Choices;
import kintsugi.detector.Fit;
import kintsugi.detector.Methods;
import kintsugi.detector.Model;
import kintsugi.detector.Recipe;
import kintsugi.detector.Session;
import kintsugi.engine.Parallel;
import kintsugi.engine.vector.VectorEngine;
import kintsugi.image.Decoding;
import kintsugi.image.ImageSource;
import kintsugi.padim.PadimRecipe;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Parts of a fit's images, and the model of a bank that was chosen from them. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PatchPartTest {
  private static final long SEED = 3;

  @TempDir static Path folder;

  private final Parallel parallel = new Parallel(2);
  private Session session;
  private List<ImageSource> images;

  @BeforeAll
  void draw() {
    SyntheticConcrete.write(folder, 7, 1, 2);
    session = Session.strict(new VectorEngine(parallel), parallel, ResNet.randomWeights(1));
    images =
        ImageFolder.list(folder.resolve(SyntheticConcrete.NORMAL)).stream()
            .map(ImageSource::of)
            .toList();
  }

  @AfterAll
  void close() {
    parallel.close();
  }

  /** The images in the order in which a fit to all of them takes them. */
  private List<ImageSource> ordered(Recipe recipe) {
    Comparator<ImageSource> byKey =
        Comparator.comparing(image -> image.key(Decoding.DEFAULT).hash());
    return recipe.ordersImages() ? images.stream().sorted(byKey).toList() : images;
  }

  private PatchPart part(Recipe recipe, List<ImageSource> some) {
    Fit fit = Methods.named("patchcore").fit(session, recipe, SEED);
    fit.add(some);
    return PatchPart.of(fit, session);
  }

  private CoresetSearch search(Recipe recipe, int count) {
    List<ImageSource> all = ordered(recipe);
    int n = all.size();
    LocalParts parts =
        new LocalParts(
            session, count, i -> part(recipe, all.subList(i * n / count, (i + 1) * n / count)));
    var choices = ((PatchCoreRecipe) recipe).coreset();
    return new CoresetSearch(parts, choices, SEED, Session.Options.STRICT);
  }

  private static byte[] bytes(Model model) throws IOException {
    Path file = Files.createTempFile(folder, "model", ".safetensors");
    Files.delete(file);
    model.save(file);
    return Files.readAllBytes(file);
  }

  @ParameterizedTest
  @CsvSource({
    "patchcore/kintsugi, 1",
    "patchcore/kintsugi, 3",
    "patchcore/matlab, 9",
    "patchcore/anomalib, 2",
    "patchcore/amazon, 3"
  })
  void anExactSearchMakesTheModelFileOfOneMachine(String name, int count) throws IOException {
    Recipe recipe =
        Choices.with(Methods.recipe(name), Map.of("resize", "96x64", "crop", "same", "ratio", 0.1));
    Fit fit = Methods.named("patchcore").fit(session, recipe, SEED);
    fit.add(images);
    byte[] expected = bytes(fit.finish());
    CoresetSearch search = search(recipe, count);
    assertThat(bytes(search.model(search.exact(), session))).isEqualTo(expected);
  }

  @Test
  void aComposableModelHasTheSameFormAndKnowsItsImages() throws IOException {
    Recipe recipe = Choices.with(PatchCoreRecipe.KINTSUGI, Map.of("resize", "96x64", "ratio", 0.1));
    CoresetSearch search = search(recipe, 3);
    ChosenPatches chosen = search.composable();
    Model model = search.model(chosen, session);
    MemoryBankSummary summary = (MemoryBankSummary) model.detector().summary();
    assertThat(summary)
        .isEqualTo(
            new MemoryBankSummary(
                7,
                chosen.patches(),
                chosen.bank().dim(0),
                chosen.coveringRadius(),
                chosen.directions()));
    assertThat(model.training().count()).isEqualTo(7);
    byte[] written = bytes(model);
    assertThat(bytes(search(recipe, 3).model(search(recipe, 3).composable(), session)))
        .isEqualTo(written);
    assertThat(chosen.factor()).isBetween(1.0, 4.0);
  }

  @Test
  void imagesOfDifferentSizesAndOtherFitsAreRefused() {
    Recipe recipe = Choices.with(PatchCoreRecipe.KINTSUGI, Map.of("resize", "96x64", "ratio", 0.1));
    Recipe larger = Choices.with(recipe, Map.of("resize", "128x96"));
    LocalParts parts =
        new LocalParts(session, 2, i -> part(i == 0 ? recipe : larger, images.subList(i, i + 1)));
    var choices = PatchCoreRecipe.KINTSUGI.coreset();
    var search = new CoresetSearch(parts, choices, SEED, Session.Options.STRICT);
    ChosenPatches chosen = search.composable();
    assertThatThrownBy(() -> search.model(chosen, session))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("choose one size for all of them (size)");
    Fit other = Methods.named("padim").fit(session, PadimRecipe.MATLAB, SEED);
    assertThatThrownBy(() -> PatchPart.of(other, session))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
