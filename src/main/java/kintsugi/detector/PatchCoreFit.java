package kintsugi.detector;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import kintsugi.InputException;
import kintsugi.embedding.LocalEmbedding;
import kintsugi.engine.Parallel;
import kintsugi.engine.RowBank;
import kintsugi.engine.Rows;
import kintsugi.patchcore.KCenterGreedy;
import kintsugi.patchcore.RandomProjection;
import kintsugi.tensor.Tensor;
import kintsugi.weights.StoredTensor;

/**
 * PatchCore's fit: all patches of the new pictures, beside the bank that earlier pictures left. The
 * bank's patches stay and are the first centres; the coreset of the new ones comes to them.
 */
final class PatchCoreFit extends Fit {
  private static final String BANK = "memory_bank";
  private static final String PATCHES = "patches.";
  private static final String COUNTS = "counts";

  /** Numbers of one stored tensor: far below what an array and a mapping can hold. */
  private static final int PIECE = 1 << 27;

  /** How many rows {@link PatchCoreRecipe.FirstCentre#FARTHEST} starts from. */
  private static final int STARTS = 10;

  private final PatchCoreRecipe recipe;
  private final LocalEmbedding embedding;
  private final List<Rows> parts = new ArrayList<>();
  private Tensor bank;
  private BankFacts before;
  private long pictures;

  /** Filled up to here: the last of the parts. */
  private int filled;

  PatchCoreFit(PatchCoreRecipe recipe, long seed) {
    this(recipe, seed, null, null, new BankFacts(0, 0, 0, 0, 0));
  }

  /**
   * A fit that goes on where another ended.
   *
   * @param bank {@code [M, D]}, or null
   * @param before what the bank's fit knew
   */
  PatchCoreFit(
      PatchCoreRecipe recipe, long seed, InputSize inputSize, Tensor bank, BankFacts before) {
    super(seed, inputSize);
    this.recipe = recipe;
    this.embedding = new LocalEmbedding(recipe.taps(), recipe.neighbourhood(), recipe.width());
    this.bank = bank;
    this.before = before;
  }

  @Override
  public Recipe recipe() {
    return recipe;
  }

  @Override
  public long count() {
    return before.pictures() + pictures;
  }

  @Override
  void add(Session session, FeatureExtractor.Block block, int more) {
    requireNeighbourhoods(block);
    Tensor patches = embedding.embed(block.features(), session.parallel());
    requireFinite(block, patches);
    int d = patches.dim(3);
    int each = patches.dim(1) * patches.dim(2);
    int count = patches.dim(0) * each;
    if (parts.isEmpty() || filled + count > parts.getLast().count()) {
      closeLast();
      parts.add(room(session, Math.multiplyExact(more, each), d));
      filled = 0;
    }
    parts.getLast().write(filled, count, patches.data(), 0);
    filled += count;
    pictures += patches.dim(0);
  }

  /** In a layer smaller than a neighbourhood all patches would see the same. */
  private void requireNeighbourhoods(FeatureExtractor.Block block) {
    block
        .features()
        .forEach(
            (tap, layer) -> {
              if (Math.min(layer.dim(1), layer.dim(2)) < recipe.neighbourhood()) {
                throw new InputException(
                    block.files().getFirst()
                        + ": is too small: its "
                        + tap
                        + " has "
                        + layer.dim(2)
                        + "x"
                        + layer.dim(1)
                        + " positions where a neighbourhood has "
                        + recipe.neighbourhood()
                        + "x"
                        + recipe.neighbourhood()
                        + "; raise --scale or --size");
              }
            });
  }

  /** Pictures that were left out have left room, which is given up. */
  private void closeLast() {
    if (!parts.isEmpty() && filled < parts.getLast().count()) {
      parts.add(parts.removeLast().first(filled));
    }
  }

  private static Rows room(Session session, int count, int length) {
    long bytes = (long) count * length * Float.BYTES;
    boolean fits = bytes <= session.memory() && bytes / Float.BYTES < Integer.MAX_VALUE - 8;
    if (fits) {
      return Rows.inMemory(count, length);
    }
    Path folder = Path.of(System.getProperty("java.io.tmpdir"));
    try {
      return Rows.inFile(folder, count, length);
    } catch (IOException e) {
      throw new InputException(
          folder
              + ": has no room for "
              + bytes
              + " bytes of patches ("
              + e.getMessage()
              + "); raise --memory, or name another folder with JDK_JAVA_OPTIONS=-Djava.io.tmpdir=DIR",
          e);
    }
  }

  @Override
  void take(Fit fit, Parallel parallel) {
    PatchCoreFit other = (PatchCoreFit) fit;
    closeLast();
    other.closeLast();
    parts.addAll(other.parts);
    filled = parts.isEmpty() ? 0 : parts.getLast().count();
    pictures += other.pictures;
    bank = joined(bank, other.bank);
    before =
        new BankFacts(
            before.pictures() + other.before.pictures(),
            before.patches() + other.before.patches(),
            before.bankSize() + other.before.bankSize(),
            Math.max(before.coveringRadius(), other.before.coveringRadius()),
            Math.max(before.directions(), other.before.directions()));
  }

  private static Tensor joined(Tensor a, Tensor b) {
    if (a == null || b == null) {
      return a == null ? b : a;
    }
    float[] all = Arrays.copyOf(a.data(), Math.addExact(a.size(), b.size()));
    System.arraycopy(b.data(), 0, all, a.size(), b.size());
    return Tensor.of(all, a.dim(0) + b.dim(0), a.dim(1));
  }

  @Override
  AnomalyDetector end(Session session) {
    closeLast();
    if (parts.isEmpty()) {
      if (bank == null) {
        throw new InputException(origin() + "no picture could be read; there is no bank");
      }
      return new PatchCoreDetector(recipe, inputSize(), bank, before);
    }
    Rows patches = parts.size() == 1 ? parts.getFirst() : joined(session);
    try {
      return end(session, patches);
    } finally {
      parts.forEach(Rows::close);
      patches.close();
      parts.clear();
    }
  }

  private Rows joined(Session session) {
    int count = parts.stream().mapToInt(Rows::count).reduce(0, Math::addExact);
    Rows all = room(session, count, parts.getFirst().length());
    int at = 0;
    for (Rows part : parts) {
      at = copy(part, all, at);
    }
    return all;
  }

  private static int copy(Rows from, Rows to, int at) {
    float[] row = new float[from.length()];
    for (int i = 0; i < from.count(); i++) {
      from.read(i, 1, row, 0);
      to.write(at + i, 1, row, 0);
    }
    return at + from.count();
  }

  private AnomalyDetector end(Session session, Rows patches) {
    int wanted = wanted(patches.count());
    RandomProjection projection = recipe.projection();
    int directions = projection.directions(patches.count(), patches.length());
    Rows space = patches;
    Tensor centres = bank;
    if (projection.kind() != RandomProjection.Kind.NONE) {
      space = room(session, patches.count(), directions);
      projection.apply(patches, seed(), space, session.parallel());
      centres = projected(bank, directions, session);
    }
    KCenterGreedy.Coreset coreset;
    try {
      coreset = choose(session, space, centres, wanted);
    } finally {
      if (space != patches) {
        space.close();
      }
    }
    Tensor kept = joined(bank, patches.gather(coreset.order()));
    BankFacts facts =
        new BankFacts(
            count(),
            before.patches() + patches.count(),
            kept.dim(0),
            Math.max(before.coveringRadius(), coreset.coveringRadius()),
            directions);
    return new PatchCoreDetector(recipe, inputSize(), kept, facts);
  }

  private Tensor projected(Tensor rows, int directions, Session session) {
    if (rows == null) {
      return null;
    }
    Tensor projected = Tensor.zeros(rows.dim(0), directions);
    recipe.projection().apply(Rows.of(rows), seed(), Rows.of(projected), session.parallel());
    return projected;
  }

  private int wanted(int patches) {
    int own = bank == null ? 0 : bank.dim(0);
    // What is lost in a product of a decimal fraction should not cost a patch.
    int byRatio = (int) (recipe.ratio() * patches + 1e-6);
    int wanted = recipe.bankSize() > 0 ? recipe.bankSize() - own : byRatio;
    if (wanted < 1 && own == 0) {
      throw new InputException(
          "of "
              + patches
              + " patches a ratio of "
              + recipe.ratio()
              + " leaves none; raise --ratio");
    }
    return Math.clamp(wanted, 0, patches);
  }

  private KCenterGreedy.Coreset choose(Session session, Rows space, Tensor centres, int wanted) {
    RowBank rows = session.engine().bank(space);
    double[] start = start(space, rows, centres);
    try (Progress.Bar bar = session.progress().start("coreset", wanted)) {
      int[] told = {0};
      KCenterGreedy.Coreset coreset =
          new KCenterGreedy(space, rows, start)
              .choose(
                  wanted,
                  recipe.radius(),
                  (count, radius) -> {
                    bar.advance(count - told[0]);
                    told[0] = count;
                    bar.note(String.format("radius %.3f", radius));
                    return session.interrupted();
                  });
      boolean shortOf = coreset.order().length < wanted;
      if (shortOf && coreset.coveringRadius() == 0 && recipe.radius() == 0) {
        throw new InputException(
            "only "
                + coreset.order().length
                + " of "
                + space.count()
                + " patches differ where "
                + wanted
                + " are wanted; lower --ratio or --bank-size, or leave out pictures that are the same");
      }
      return coreset;
    }
  }

  private double[] start(Rows space, RowBank rows, Tensor centres) {
    if (centres != null) {
      double[] start = new double[space.count()];
      Arrays.fill(start, Double.MAX_VALUE);
      rows.shrink(start, centres);
      return start;
    }
    Random random = new Random(seed());
    if (recipe.firstCentre() == PatchCoreRecipe.FirstCentre.RANDOM) {
      return KCenterGreedy.startAt(random.nextInt(space.count()), space.count());
    }
    // Fewer patches than starts could never give so many different ones.
    int starts = Math.min(STARTS, space.count());
    int[] drawn = random.ints(0, space.count()).distinct().limit(starts).toArray();
    return KCenterGreedy.meanDistances(space, space.gather(drawn));
  }

  @Override
  Map<String, StoredTensor> tensors() {
    closeLast();
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    double[] counts = {
      pictures,
      before.pictures(),
      before.patches(),
      before.bankSize(),
      before.coveringRadius(),
      before.directions()
    };
    tensors.put(COUNTS, StoredTensor.of(counts, counts.length));
    if (bank != null) {
      tensors.put(BANK, StoredTensor.of(bank));
    }
    int piece = 0;
    for (Rows part : parts) {
      int most = PIECE / part.length();
      for (int from = 0; from < part.count(); from += most) {
        int count = Math.min(most, part.count() - from);
        float[] numbers = new float[count * part.length()];
        part.read(from, count, numbers, 0);
        tensors.put(PATCHES + piece++, StoredTensor.of(numbers, count, part.length()));
      }
    }
    return tensors;
  }

  /**
   * The fit that {@link #tensors} stored.
   *
   * @throws IllegalArgumentException if the tensors are others
   */
  static PatchCoreFit load(
      PatchCoreRecipe recipe, long seed, InputSize inputSize, Map<String, StoredTensor> tensors) {
    StoredTensor counts = StoredTensor.of(tensors, COUNTS, 1);
    BankFacts before =
        new BankFacts(
            (long) counts.get(1),
            (long) counts.get(2),
            (int) counts.get(3),
            counts.get(4),
            (int) counts.get(5));
    Tensor bank = tensors.containsKey(BANK) ? StoredTensor.of(tensors, BANK, 2).tensor() : null;
    PatchCoreFit fit = new PatchCoreFit(recipe, seed, inputSize, bank, before);
    fit.pictures = (long) counts.get(0);
    for (int piece = 0; tensors.containsKey(PATCHES + piece); piece++) {
      fit.parts.add(Rows.of(StoredTensor.of(tensors, PATCHES + piece, 2).tensor()));
    }
    fit.filled = fit.parts.isEmpty() ? 0 : fit.parts.getLast().count();
    return fit;
  }
}
