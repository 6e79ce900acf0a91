package kintsugi.detector;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import kintsugi.InputException;
import kintsugi.embedding.PatchEmbedding;
import kintsugi.engine.Gaussians;
import kintsugi.image.Preprocessing;
import kintsugi.padim.GaussianAccumulator;
import kintsugi.scoremap.ScoreMaps;
import kintsugi.tensor.Tensor;
import kintsugi.weights.StoredTensor;

/** PaDiM: Defard, Setkov, Loesch, Audigier, <i>PaDiM</i>, 2020. */
public final class PadimDetector implements AnomalyDetector {
  private static final String CHANNELS = "channels";
  private static final String GRID = "grid";
  private static final String MEAN = "mean";
  private static final String FACTOR = "cholesky_factor";

  private final Recipe recipe;
  private final PatchEmbedding embedding;
  private final Gaussians gaussians;

  private PadimDetector(Recipe recipe, int[] channels, Gaussians gaussians) {
    this.recipe = recipe;
    this.embedding = new PatchEmbedding(recipe.taps(), channels);
    this.gaussians = gaussians;
  }

  /**
   * A fitted detector and where the time went.
   *
   * @param extractSeconds reading pictures and running the backbone
   * @param fitSeconds embeddings, covariances and their factors
   */
  public record Fitted(PadimDetector detector, double extractSeconds, double fitSeconds) {}

  /**
   * Learns from normal pictures.
   *
   * @throws InputException if fewer than two can be read
   */
  public static Fitted fit(Session session, Recipe recipe, List<Path> files, long seed) {
    Fit fit = new Fit(session, recipe, seed);
    long start = System.nanoTime();
    new FeatureExtractor(session, recipe).extract(files, "fit", fit::add);
    double all = seconds(start);
    if (fit.count() < 2) {
      throw new InputException(
          folder(files)
              + ": "
              + fit.count()
              + " readable picture"
              + (fit.count() == 1 ? "" : "s")
              + " cannot show what is normal; give at least 2, better 50 or more");
    }
    start = System.nanoTime();
    Gaussians gaussians = fit.accumulator.gaussians(recipe.epsilon(), session.parallel());
    PadimDetector detector = new PadimDetector(recipe, fit.embedding.channels(), gaussians);
    return new Fitted(detector, all - fit.seconds, fit.seconds + seconds(start));
  }

  private static Path folder(List<Path> files) {
    Path parent = files.getFirst().getParent();
    return parent == null ? Path.of(".") : parent;
  }

  private static double seconds(long start) {
    return (System.nanoTime() - start) / 1e9;
  }

  /** The state of a fit under way: the sizes are known only once the first features are. */
  private static final class Fit {
    private final Session session;
    private final Recipe recipe;
    private final long seed;
    private PatchEmbedding embedding;
    private GaussianAccumulator accumulator;
    private double seconds;

    Fit(Session session, Recipe recipe, long seed) {
      this.session = session;
      this.recipe = recipe;
      this.seed = seed;
    }

    void add(FeatureExtractor.Block block) {
      long start = System.nanoTime();
      if (embedding == null) {
        int available = block.features().values().stream().mapToInt(t -> t.dim(3)).sum();
        embedding = new PatchEmbedding(recipe.taps(), recipe.drawChannels(available, seed));
      }
      Tensor patches = embedding.embed(block.features(), session.parallel());
      if (accumulator == null) {
        accumulator =
            new GaussianAccumulator(patches.dim(1), patches.dim(2), embedding.dimension());
      }
      accumulator.add(patches, session.parallel());
      seconds += PadimDetector.seconds(start);
    }

    long count() {
      return accumulator == null ? 0 : accumulator.count();
    }
  }

  @Override
  public Recipe recipe() {
    return recipe;
  }

  @Override
  public void score(Session session, List<Path> files, String task, Consumer<Scored> consumer) {
    new FeatureExtractor(session, recipe)
        .extract(files, task, block -> score(session, block, consumer));
  }

  private void score(Session session, FeatureExtractor.Block block, Consumer<Scored> consumer) {
    Tensor patches = embedding.embed(block.features(), session.parallel());
    Tensor distances = session.engine().mahalanobis(gaussians, patches);
    Preprocessing input = recipe.preprocessing();
    Tensor maps =
        new ScoreMaps(input.cropHeight(), input.cropWidth(), recipe.blurSigma())
            .compute(session.engine(), distances);
    int size = input.cropHeight() * input.cropWidth();
    for (int n = 0; n < block.files().size(); n++) {
      float[] one = Arrays.copyOfRange(maps.data(), n * size, (n + 1) * size);
      Tensor map = Tensor.of(one, input.cropHeight(), input.cropWidth());
      consumer.accept(
          new Scored(block.files().get(n), block.pictures().get(n), map, ScoreMaps.mean(maps, n)));
    }
  }

  @Override
  public Map<String, StoredTensor> tensors() {
    int groups = gaussians.groups();
    int d = gaussians.dimension();
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    tensors.put(CHANNELS, StoredTensor.of(embedding.channels(), d));
    tensors.put(GRID, StoredTensor.of(new int[] {gaussians.height(), gaussians.width()}, 2));
    tensors.put(MEAN, StoredTensor.of(gaussians.mean(), groups, d, Gaussians.LANES));
    tensors.put(
        FACTOR,
        StoredTensor.of(gaussians.factor(), groups, Gaussians.triangle(d), Gaussians.LANES));
    return tensors;
  }

  /**
   * The detector that {@link #tensors} stored.
   *
   * @throws IllegalArgumentException if the tensors are not those of a PaDiM model
   */
  static PadimDetector load(Recipe recipe, Map<String, StoredTensor> tensors) {
    for (String name : List.of(CHANNELS, GRID, MEAN, FACTOR)) {
      if (!tensors.containsKey(name)) {
        throw new IllegalArgumentException("it holds no tensor " + name);
      }
    }
    int[] channels = tensors.get(CHANNELS).ints();
    int[] grid = tensors.get(GRID).ints();
    return new PadimDetector(
        recipe,
        channels,
        new Gaussians(
            grid[0],
            grid[1],
            channels.length,
            tensors.get(MEAN).floats(),
            tensors.get(FACTOR).floats()));
  }
}
