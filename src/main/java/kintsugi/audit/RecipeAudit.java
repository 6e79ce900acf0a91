package kintsugi.audit;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import kintsugi.dataset.ImageFolder;
import kintsugi.dataset.SyntheticConcrete;
import kintsugi.detector.Choices;
import kintsugi.detector.Fit;
import kintsugi.detector.Methods;
import kintsugi.detector.Model;
import kintsugi.detector.Recipe;
import kintsugi.detector.Scored;
import kintsugi.detector.Session;
import kintsugi.engine.Convolutions;
import kintsugi.engine.Engine;
import kintsugi.engine.Parallel;
import kintsugi.image.Decoding;
import kintsugi.image.ImageSource;
import kintsugi.tensor.Tensor;

/**
 * The audit of every recipe from images to scores on drawn concrete, and of the circumstances that
 * must not change a bit: a second fit, the batch, the model file, the number of threads.
 *
 * <p>The references are independent from the features on, in two parts. Patch embeddings are
 * compared with fp64 definitions that start from the features; maps and scores with fp64
 * computations that start from the patch embeddings of the code under audit, so that a rounding of
 * an embedding cannot decide a coreset's choice otherwise. The stages before the features have
 * sections of their own ({@code image}, {@code backbone}). A finding names any other part that
 * comes from the code under audit: {@link RecipeReference#underAudit}.
 */
final class RecipeAudit {
  private static final int TRAIN = 8;
  private static final int TEST = 3;
  private static final long SEED = 5;

  /** A fraction of the maximum: the bound of the published reference values. */
  private static final double BOUND = 1e-3;

  private final Bench bench;
  private final Path folder;
  private final List<ImageSource> train;
  private final List<ImageSource> test;

  private RecipeAudit(Bench bench, Path folder) {
    this.bench = bench;
    this.folder = folder;
    SyntheticConcrete.write(folder, TRAIN, TEST, SEED);
    this.train = images(folder.resolve(SyntheticConcrete.NORMAL));
    this.test = images(folder.resolve(SyntheticConcrete.ANOMALOUS));
  }

  private static List<ImageSource> images(Path folder) {
    return ImageFolder.list(folder).stream().map(ImageSource::of).toList();
  }

  /**
   * Audits all recipes.
   *
   * @param folder for images and model files
   */
  static void run(Bench bench, Path folder) {
    RecipeAudit audit = new RecipeAudit(bench, folder);
    for (Recipe recipe : Methods.recipes()) {
      for (Bench.Candidate candidate : bench.candidates()) {
        if (candidate.convolutions() != Convolutions.WINOGRAD2) {
          audit.check(candidate, recipe);
        }
      }
    }
  }

  private void check(Bench.Candidate candidate, Recipe published) {
    Optional<RecipeReference> reference = RecipeReference.of(published);
    Map<String, Object> small = new HashMap<>(Map.of("resize", "72x72", "crop", "64x64"));
    reference.ifPresent(r -> small.putAll(r.small()));
    Recipe recipe = Choices.with(published, small);
    Session session = Session.strict(candidate.engine(), candidate.parallel(), bench.weights());
    Model model = model(session, recipe);
    List<Scored> scored = scored(model, test);
    reference.ifPresent(r -> compare(candidate, r, published.name(), model, scored));
    if (published.equals(Methods.recipe(published.method()))) {
      bits(candidate, published.name(), model, values(scored));
    }
  }

  private Model model(Session session, Recipe recipe) {
    Fit fit = Methods.named(recipe.method()).fit(session, recipe, SEED);
    fit.add(train);
    return fit.finish();
  }

  private static List<Scored> scored(Model model, List<ImageSource> images) {
    return model.detector().score(images, "audit").toList();
  }

  private void compare(
      Bench.Candidate candidate,
      RecipeReference reference,
      String name,
      Model model,
      List<Scored> scored) {
    Recipe recipe = model.recipe();
    Engine.Runner backbone = model.detector().session().backbone(recipe.taps());
    List<Tensor> patches = new ArrayList<>();
    List<Expected> expected = new ArrayList<>();
    for (ImageSource image : Stream.concat(ordered(recipe), test.stream()).toList()) {
      Map<String, Tensor> features = backbone.run(recipe.preprocessing().apply(image.read()));
      patches.add(model.detector().inspector().embed(features));
      expected.add(reference.embeddings(recipe, SEED, features));
    }
    String from = "fp64, independent from the ";
    bench.compare(
        candidate.name(),
        name + ": patch embeddings of " + patches.size() + " images",
        from + "features on",
        reference.embeddingBound(recipe),
        joined(patches.stream().map(Tensor::data).map(Bench::doubles)),
        new Expected(
            joined(expected.stream().map(Expected::value)),
            joined(expected.stream().map(Expected::bound))));
    RecipeReference.Scores wanted =
        reference.scores(
            recipe,
            SEED,
            patches.subList(0, TRAIN),
            patches.subList(TRAIN, patches.size()),
            bench.parallel());
    from += "patch embeddings on" + reference.underAudit(recipe);
    String bound = "1e-3 of the maximum";
    bench.compare(
        candidate.name(),
        name + ": maps of " + TEST + " images",
        from,
        bound,
        joined(scored.stream().map(s -> Bench.doubles(s.map().data()))),
        Expected.withinFractionOfMaximum(wanted.maps(), BOUND));
    bench.compare(
        candidate.name(),
        name + ": image scores",
        from,
        bound,
        scored.stream().mapToDouble(Scored::score).toArray(),
        Expected.withinFractionOfMaximum(wanted.images(), BOUND));
  }

  /** The training images in the order in which a fit takes them. */
  private Stream<ImageSource> ordered(Recipe recipe) {
    return recipe.ordersImages()
        ? train.stream().sorted(Comparator.comparing(i -> i.key(Decoding.DEFAULT).hash()))
        : train.stream();
  }

  /** Again, one image at a time, from a file, and on one thread: the same bits. */
  private void bits(Bench.Candidate candidate, String name, Model first, double[] wanted) {
    Recipe recipe = first.recipe();
    Session session = first.detector().session();
    Model again = model(session, recipe);
    bench.same(candidate.name(), name + " fitted again", values(scored(again, test)), wanted);
    List<Scored> alone = test.stream().map(first.detector()::score).toList();
    bench.same(candidate.name(), name + ", one image per batch", values(alone), wanted);
    Path file = folder.resolve("model.safetensors");
    first.save(file);
    Model loaded = Model.load(file, session);
    bench.same(candidate.name(), name + ", saved and loaded", values(scored(loaded, test)), wanted);
    try (Parallel one = new Parallel(1)) {
      Session single = Session.strict(candidate.maker().apply(one), one, bench.weights());
      bench.same(
          candidate.name(),
          name + ", 1 thread and " + candidate.parallel().threads(),
          values(scored(model(single, recipe), test)),
          wanted);
    }
  }

  private static double[] values(List<Scored> scored) {
    return joined(
        scored.stream()
            .flatMap(s -> Stream.of(Bench.doubles(s.map().data()), new double[] {s.score()})));
  }

  private static double[] joined(Stream<double[]> arrays) {
    return arrays.reduce(new double[0], Bench::join);
  }
}
