package kintsugi.patchcore;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import kintsugi.InputException;
import kintsugi.detector.AnomalyDetector;
import kintsugi.detector.FeatureBatch;
import kintsugi.detector.Features;
import kintsugi.detector.Fit;
import kintsugi.detector.FitHeader;
import kintsugi.detector.InputSize;
import kintsugi.detector.Progress;
import kintsugi.detector.Recipe;
import kintsugi.detector.Session;
import kintsugi.engine.RowMatrix;
import kintsugi.tensor.Tensor;
import kintsugi.weights.StoredTensor;

/**
 * The fit of PatchCore: all patches of the new images, in addition to the bank that earlier images
 * left. The bank's patches stay and are the first centres; the coreset of the new ones joins them.
 */
final class PatchCoreFit extends Fit {
  /** Values of one stored tensor: far below what an array and a mapping can hold. */
  private static final int PIECE = 1 << 27;

  /** Bytes of the vector engine's search per row: 32 coarse and 96 fine coordinates. */
  private static final long PER_SEARCHED_ROW = (32 + 96) * Float.BYTES;

  /** Rows whose fine coordinates fit an array. */
  private static final long MAXIMUM_ROWS = Integer.MAX_VALUE / 96;

  private final PatchCoreRecipe recipe;
  private final LocalEmbedding embedding;
  private final List<RowMatrix> parts = new ArrayList<>();
  private final List<Origins> origins = new ArrayList<>();
  private Tensor bank;
  private Origins bankOrigins;
  private MemoryBankSummary before;
  private long images;

  /** Rows of the last part that are written. */
  private int filled;

  PatchCoreFit(Session session, PatchCoreRecipe recipe, long seed) {
    this(session, recipe, seed, Optional.empty(), null, Origins.NONE, MemoryBankSummary.EMPTY);
  }

  PatchCoreFit(
      Session session,
      PatchCoreRecipe recipe,
      long seed,
      InputSize inputSize,
      Tensor bank,
      Origins bankOrigins,
      MemoryBankSummary before) {
    this(session, recipe, seed, Optional.of(inputSize), bank, bankOrigins, before);
  }

  /**
   * A fit that continues another.
   *
   * @param bank {@code [M, D]}, or null
   * @param bankOrigins of its rows
   * @param before the summary of the bank's fit
   */
  private PatchCoreFit(
      Session session,
      PatchCoreRecipe recipe,
      long seed,
      Optional<InputSize> inputSize,
      Tensor bank,
      Origins bankOrigins,
      MemoryBankSummary before) {
    super(session, recipe, seed, inputSize);
    this.recipe = recipe;
    this.embedding = new LocalEmbedding(recipe.taps(), recipe.neighbourhood());
    this.bank = bank;
    this.bankOrigins = bankOrigins;
    this.before = before;
  }

  @Override
  public long count() {
    return before.images() + images;
  }

  /**
   * The patches, unless they go to a file; what the search holds per patch; and the bank, with the
   * same for its search.
   */
  @Override
  protected long heap(InputSize size, long all) {
    long rows = (all - before.images()) * candidates(size);
    if (rows > MAXIMUM_ROWS) {
      throw new InputException(
          origin()
              + rows
              + " patches are more than a search can hold, "
              + MAXIMUM_ROWS
              + "; choose from fewer of each image (candidates), fit fewer images, or make them"
              + " smaller (resize)");
    }
    long row = row();
    long patches = inMemory(rows * row);
    long search = session().engine().name().startsWith("vector") ? PER_SEARCHED_ROW : 0;
    OptionalInt bankSize = recipe.coreset().bankSize();
    long kept =
        bankSize.isPresent()
            ? Math.min(bankSize.getAsInt(), rows)
            : (long) (recipe.coreset().ratio() * rows);
    long origin = Long.BYTES + Integer.BYTES;
    return patches + rows * (Double.BYTES + origin + search) + kept * (row + search);
  }

  /** The patches, unless they are in a file, and once more as they are stored. */
  @Override
  protected long heapToSave(InputSize size, long all) {
    long rows = (all - before.images()) * candidates(size);
    return inMemory(rows * row()) + rows * row();
  }

  /** Patches of an image that the search chooses from. */
  private long candidates(InputSize size) {
    long all = session().patches(recipe, size).positions();
    return Math.min(all, recipe.coreset().candidates().orElse(Integer.MAX_VALUE));
  }

  private long row() {
    return (long) PatchCoreTensors.dimension(session(), recipe) * Float.BYTES;
  }

  private long inMemory(long bytes) {
    return bytes <= session().options().memory() ? bytes : 0;
  }

  @Override
  protected String lighter() {
    return ", keep fewer patches (ratio) or choose from fewer (candidates), more of them in a file"
        + " (memory), or make the images smaller (resize)";
  }

  @Override
  protected void add(FeatureBatch batch, int remaining) {
    CandidateDraw draw = new CandidateDraw(batch.images(), recipe.coreset().candidates(), seed());
    for (Features.Part part : batch.features().parts()) {
      requireNeighbourhoods(batch, part);
      Tensor patches = embedding.embed(part.layers(), session().parallel());
      requireFinite(batch, patches);
      int[] drawn = draw.of(patches, part);
      int d = patches.dim(3);
      Tensor all = patches.reshape(patches.size() / d, d);
      Tensor rows = drawn.length == all.dim(0) ? all : RowMatrix.of(all).gather(drawn);
      add(rows, Math.multiplyExact(remaining, draw.perImage()));
      origins.add(Origins.of(batch, part, patches, drawn));
    }
    images += batch.sources().size();
  }

  /** Adds rows to the last part, or to a new one with room for all that are still to come. */
  private void add(Tensor rows, int remaining) {
    int count = rows.dim(0);
    if (count == 0) {
      return;
    }
    if (parts.isEmpty() || filled + count > parts.getLast().count()) {
      closeLast();
      parts.add(room(session(), remaining, rows.dim(1)));
      filled = 0;
    }
    parts.getLast().write(filled, count, rows.data(), 0);
    filled += count;
  }

  /** In a layer smaller than a neighbourhood all patches would see the same. */
  private void requireNeighbourhoods(FeatureBatch batch, Features.Part part) {
    int side = recipe.neighbourhood().side();
    boolean cut = recipe.preprocessing().tiling().isCut();
    part.layers()
        .forEach(
            (tap, layer) -> {
              if (Math.min(layer.dim(1), layer.dim(2)) < side) {
                throw new InputException(
                    batch.sources().getFirst().name()
                        + ": is too small: its "
                        + tap
                        + " has "
                        + layer.dim(2)
                        + "x"
                        + layer.dim(1)
                        + " positions where a neighbourhood has "
                        + side
                        + "x"
                        + side
                        + (cut ? "; cut larger tiles (tile)" : "; enlarge the images (size)"));
              }
            });
  }

  /** Cuts off the rows that were reserved for images left out. */
  private void closeLast() {
    if (!parts.isEmpty() && filled < parts.getLast().count()) {
      parts.add(parts.removeLast().first(filled));
    }
  }

  /** Rows in memory, or in a temporary file where the session's memory does not hold them. */
  static RowMatrix room(Session session, int count, int length) {
    long bytes = (long) count * length * Float.BYTES;
    boolean fits =
        bytes <= session.options().memory() && bytes / Float.BYTES < Integer.MAX_VALUE - 8;
    if (fits) {
      return RowMatrix.inMemory(count, length);
    }
    Path folder = Path.of(System.getProperty("java.io.tmpdir"));
    try {
      return RowMatrix.inFile(folder, count, length);
    } catch (IOException e) {
      throw new InputException(
          folder
              + ": has no room for "
              + bytes
              + " bytes of patches ("
              + e.getMessage()
              + "); allow more memory (memory), or another folder by the system property"
              + " java.io.tmpdir",
          e);
    }
  }

  @Override
  protected void take(Fit fit) {
    PatchCoreFit other = (PatchCoreFit) fit;
    closeLast();
    other.closeLast();
    parts.addAll(other.parts);
    filled = parts.isEmpty() ? 0 : parts.getLast().count();
    images += other.images;
    origins.addAll(other.origins);
    bank = joined(bank, other.bank);
    bankOrigins = Origins.joined(List.of(bankOrigins, other.bankOrigins));
    before = before.and(other.before);
  }

  private static Tensor joined(Tensor a, Tensor b) {
    if (a == null || b == null) {
      return a == null ? b : a;
    }
    return MemoryBank.joined(List.of(a, b));
  }

  @Override
  protected AnomalyDetector end() {
    closeLast();
    if (parts.isEmpty()) {
      if (bank == null) {
        throw new InputException(origin() + "no image could be read; there is no memory bank");
      }
      return detector(bank, bankOrigins, before);
    }
    try (RowMatrix patches = parts.size() == 1 ? parts.getFirst() : joined()) {
      return end(patches);
    } finally {
      close();
    }
  }

  @Override
  public void close() {
    parts.forEach(RowMatrix::close);
    parts.clear();
  }

  boolean hasBank() {
    return bank != null;
  }

  /** Hands its patches over; what else is known of their images stays. */
  RowMatrix takePatches() {
    closeLast();
    RowMatrix all =
        switch (parts.size()) {
          case 0 -> RowMatrix.inMemory(0, PatchCoreTensors.dimension(session(), recipe));
          case 1 -> parts.removeFirst();
          default -> joined();
        };
    close();
    return all;
  }

  /** Hands the origins of its patches over. */
  Origins takeOrigins() {
    Origins all = Origins.joined(origins);
    origins.clear();
    return all;
  }

  /** Takes in the patches that were chosen from those of its images. */
  void keep(ChosenPatches chosen) {
    bank = chosen.bank();
    bankOrigins = chosen.origins();
    before =
        new MemoryBankSummary(
            count(), chosen.patches(), bank.dim(0), chosen.coveringRadius(), chosen.directions());
    images = 0;
  }

  private AnomalyDetector detector(Tensor kept, Origins from, MemoryBankSummary summary) {
    MemoryBank prepared = MemoryBank.of(kept, session().engine());
    return new PatchCoreDetector(
        session(), recipe, inputSize().orElseThrow(), prepared, from, summary);
  }

  private RowMatrix joined() {
    int count = parts.stream().mapToInt(RowMatrix::count).reduce(0, Math::addExact);
    RowMatrix all = room(session(), count, parts.getFirst().length());
    int at = 0;
    for (RowMatrix part : parts) {
      at = copy(part, all, at);
    }
    return all;
  }

  private static int copy(RowMatrix from, RowMatrix to, int at) {
    float[] row = new float[from.length()];
    for (int i = 0; i < from.count(); i++) {
      from.read(i, 1, row, 0);
      to.write(at + i, 1, row, 0);
    }
    return at + from.count();
  }

  private AnomalyDetector end(RowMatrix patches) {
    PatchCoreRecipe.Coreset choices = recipe.coreset();
    int own = bank == null ? 0 : bank.dim(0);
    int wanted = choices.wanted(patches.count(), own);
    RandomProjection projection = choices.projection();
    int directions = projection.directions(patches.count(), patches.length());
    KCenterGreedy.Coreset coreset;
    try (SearchSpace space = SearchSpace.of(session(), projection, seed(), patches, directions)) {
      coreset =
          choose(
              bank == null
                  ? space.search(choices.firstCentre(), seed())
                  : space.searchFrom(
                      projection.apply(bank, seed(), directions, session().parallel())),
              wanted);
    }
    choices.requireDifferent(
        coreset.order().length, coreset.coveringRadius(), wanted, patches.count());
    Tensor kept = joined(bank, patches.gather(coreset.order()));
    Origins chosen = takeOrigins().gather(coreset.order());
    return detector(
        kept,
        Origins.joined(List.of(bankOrigins, chosen)),
        new MemoryBankSummary(
            count(),
            before.patches() + patches.count(),
            kept.dim(0),
            Math.max(before.coveringRadius(), coreset.coveringRadius()),
            directions));
  }

  private KCenterGreedy.Coreset choose(KCenterGreedy search, int wanted) {
    double radius = recipe.coreset().radius().orElse(0);
    try (Progress.Bar bar = session().options().progress().start("coreset", wanted)) {
      boolean more = true;
      while (more) {
        int before = search.count();
        more = search.chooseMore(wanted, radius);
        bar.advance(search.count() - before);
        bar.note(String.format(Locale.ROOT, "radius %.3f", search.coveringRadius()));
        more &= !session().options().interrupted().getAsBoolean();
      }
    }
    return search.coreset();
  }

  @Override
  protected Map<String, StoredTensor> tensors() {
    closeLast();
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    double[] counts = {
      images,
      before.images(),
      before.patches(),
      before.bankSize(),
      before.coveringRadius(),
      before.directions(),
      rows()
    };
    int known = rows() == allRows() ? counts.length - 1 : counts.length;
    tensors.put(PatchCoreTensors.COUNTS, StoredTensor.of(Arrays.copyOf(counts, known), known));
    if (bank != null) {
      tensors.put(PatchCoreTensors.BANK, StoredTensor.of(bank));
    }
    int piece = 0;
    for (RowMatrix part : parts) {
      int most = PIECE / part.length();
      for (int from = 0; from < part.count(); from += most) {
        int count = Math.min(most, part.count() - from);
        float[] values = new float[count * part.length()];
        part.read(from, count, values, 0);
        tensors.put(
            PatchCoreTensors.PATCHES + piece++, StoredTensor.of(values, count, part.length()));
      }
    }
    Map<String, Origins> all = new LinkedHashMap<>();
    all.put(Origins.OF_BANK, bankOrigins);
    all.put(Origins.OF_PATCHES, Origins.joined(origins));
    Origins.storeIn(tensors, all);
    return tensors;
  }

  /**
   * The fit that {@link #tensors} stored.
   *
   * @throws IllegalArgumentException if the tensors are not those of a partial fit
   */
  static PatchCoreFit read(Session session, FitHeader header, Map<String, StoredTensor> tensors) {
    double[] counts = PatchCoreTensors.counts(tensors);
    MemoryBankSummary before =
        new MemoryBankSummary(
            (long) counts[1],
            (long) counts[2],
            Math.toIntExact((long) counts[3]),
            counts[4],
            Math.toIntExact((long) counts[5]));
    Tensor bank =
        tensors.containsKey(PatchCoreTensors.BANK)
            ? PatchCoreTensors.rows(session, header, tensors, PatchCoreTensors.BANK)
            : null;
    PatchCoreTensors.requireSummary(before, bank);
    PatchCoreRecipe recipe = (PatchCoreRecipe) header.recipe();
    int grid = PatchCoreTensors.grid(session, header);
    int known = bank == null ? 0 : bank.dim(0);
    Origins bankOrigins = Origins.storedIn(tensors, Origins.OF_BANK, known, grid);
    PatchCoreFit fit =
        new PatchCoreFit(
            session, recipe, header.seed(), header.inputSize(), bank, bankOrigins, before);
    fit.images = (long) counts[0];
    for (int piece = 0; tensors.containsKey(PatchCoreTensors.PATCHES + piece); piece++) {
      String name = PatchCoreTensors.PATCHES + piece;
      fit.parts.add(RowMatrix.of(PatchCoreTensors.rows(session, header, tensors, name)));
    }
    fit.filled = fit.parts.isEmpty() ? 0 : fit.parts.getLast().count();
    fit.origins.add(
        Origins.storedIn(tensors, Origins.OF_PATCHES, Math.toIntExact(fit.rows()), grid));
    boolean some = counts.length > PatchCoreTensors.COUNT;
    long expected = some ? (long) counts[PatchCoreTensors.COUNT] : fit.allRows();
    Recipe.require(
        fit.count() > 0 && fit.rows() == expected && fit.rows() <= fit.allRows(),
        "it has " + fit.rows() + " patches of " + fit.images + " images");
    return fit;
  }

  private long rows() {
    return parts.stream().mapToLong(RowMatrix::count).sum();
  }

  /** The patches of all images, those outside of regions included. */
  private long allRows() {
    return Math.multiplyExact(images, candidates(inputSize().orElseThrow()));
  }
}
