package kintsugi.patchcore;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import kintsugi.detector.FitHeader;
import kintsugi.detector.Recipe;
import kintsugi.detector.Session;
import kintsugi.tensor.Tensor;
import kintsugi.weights.StoredTensor;

/**
 * The tensors of PatchCore's files, checked against the recipe and the weights: the memory bank
 * {@code [M, D]} of models and partial fits, and a partial fit's patches {@code [rows, D]} and
 * {@code counts [6]}. All failures are {@link IllegalArgumentException}s.
 */
final class PatchCoreTensors {
  static final String BANK = "memory_bank";
  static final String COUNTS = "counts";
  static final String PATCHES = "patches.";

  /** Counts that every file has; one with regions has that of its patches too. */
  static final int COUNT = 6;

  /** The integers that an fp64 value can count. */
  private static final double MAXIMUM_COUNT = 0x1p53;

  private PatchCoreTensors() {}

  /** The detector of a model file. */
  static PatchCoreDetector read(
      Session session,
      FitHeader header,
      MemoryBankSummary summary,
      Map<String, StoredTensor> tensors) {
    Tensor bank = rows(session, header, tensors, BANK);
    requireSummary(summary, bank);
    Recipe.require(
        summary.images() >= 1 || summary.isAdopted(),
        "its summary has " + summary.images() + " images");
    return new PatchCoreDetector(
        session,
        (PatchCoreRecipe) header.recipe(),
        header.inputSize(),
        MemoryBank.of(bank, session.engine()),
        Origins.storedIn(tensors, Origins.OF_BANK, bank.dim(0), grid(session, header)),
        summary);
  }

  /** Faults of a memory bank: rows without a length, or with one whose square fp32 cannot hold. */
  static List<String> check(Map<String, StoredTensor> tensors) {
    List<String> faults = new ArrayList<>(Origins.check(tensors));
    if (!tensors.containsKey(BANK)) {
      return faults;
    }
    float[] bank = StoredTensor.of(tensors, BANK, 2).floats();
    int d = Math.toIntExact(tensors.get(BANK).shape()[1]);
    int zeros = 0;
    int overflowing = 0;
    for (int at = 0; at < bank.length; at += d) {
      double square = 0;
      for (int i = at; i < at + d; i++) {
        square += (double) bank[i] * bank[i];
      }
      zeros += square == 0 ? 1 : 0;
      overflowing += square > Float.MAX_VALUE ? 1 : 0;
    }
    if (zeros > 0) {
      faults.add(
          "its tensor " + BANK + " has " + zeros + " rows of zeros, which no patch produces");
    }
    if (overflowing > 0) {
      faults.add(
          "its tensor " + BANK + " has " + overflowing + " rows whose squared norm overflows fp32");
    }
    return faults;
  }

  /** Positions of an image's patch grid. */
  static int grid(Session session, FitHeader header) {
    long positions = session.patches(header.recipe(), header.inputSize()).positions();
    return Math.toIntExact(positions);
  }

  /** A matrix of patch embeddings. */
  static Tensor rows(
      Session session, FitHeader header, Map<String, StoredTensor> tensors, String name) {
    StoredTensor stored = StoredTensor.of(tensors, name, 2);
    int d = dimension(session, (PatchCoreRecipe) header.recipe());
    Recipe.require(
        stored.type() == StoredTensor.Type.F32 && stored.shape()[0] > 0 && stored.shape()[1] == d,
        "its tensor " + name + " does not hold patch embeddings of dimension " + d);
    return stored.tensor();
  }

  static int dimension(Session session, PatchCoreRecipe recipe) {
    return recipe
        .neighbourhood()
        .dimension()
        .orElseGet(() -> session.channels(recipe.taps()).values().stream().mapToInt(n -> n).sum());
  }

  /** Requires figures that a bank can have; a bank that is null has no patches. */
  static void requireSummary(MemoryBankSummary summary, Tensor bank) {
    int patches = bank == null ? 0 : bank.dim(0);
    Recipe.require(
        summary.bankSize() == patches,
        "its summary has " + summary.bankSize() + " kept patches where its bank has " + patches);
    Recipe.require(
        summary.patches() >= patches
            && summary.images() >= 0
            && summary.directions() >= 0
            && summary.coveringRadius() >= 0
            && Double.isFinite(summary.coveringRadius()),
        "its summary has impossible figures, " + summary);
  }

  /** A partial fit's counts, in the order in which {@link PatchCoreFit#tensors} has them. */
  static double[] counts(Map<String, StoredTensor> tensors) {
    double[] counts = StoredTensor.of(tensors, COUNTS, 1).doubles();
    Recipe.require(
        counts.length == COUNT || counts.length == COUNT + 1,
        "its tensor " + COUNTS + " has another size");
    for (int i = 0; i < counts.length; i++) {
      // All but the covering radius are counts.
      boolean whole = counts[i] == Math.rint(counts[i]) || i == 4;
      Recipe.require(
          whole && counts[i] >= 0 && counts[i] <= MAXIMUM_COUNT,
          "its tensor " + COUNTS + " has " + counts[i] + " at " + i);
    }
    return counts;
  }
}
