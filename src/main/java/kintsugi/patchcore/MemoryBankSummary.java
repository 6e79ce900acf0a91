package kintsugi.patchcore;

import java.util.List;
import java.util.Locale;
import kintsugi.detector.FitSummary;

/**
 * The size and coverage of a memory bank.
 *
 * @param images learnt from; 0 where another program's file does not say
 * @param patches of those images
 * @param bankSize how many of the patches are kept
 * @param coveringRadius none of the patches that they were chosen from is farther from the kept
 *     ones, in the space of the choice; of a merged bank the maximum of its parts
 * @param directions dimension of that space
 */
public record MemoryBankSummary(
    long images, long patches, int bankSize, double coveringRadius, int directions)
    implements FitSummary {

  /** The summary of an empty bank. */
  static final MemoryBankSummary EMPTY = new MemoryBankSummary(0, 0, 0, 0, 0);

  /** The summary of the union of two banks. */
  MemoryBankSummary and(MemoryBankSummary other) {
    return new MemoryBankSummary(
        images + other.images,
        patches + other.patches,
        bankSize + other.bankSize,
        Math.max(coveringRadius, other.coveringRadius),
        Math.max(directions, other.directions));
  }

  /**
   * {@return whether the bank is another program's, of which nothing is known but its patches; it
   * is scored with, but not added to}
   */
  public boolean isAdopted() {
    return images == 0;
  }

  @Override
  public List<String> lines() {
    if (isAdopted()) {
      return List.of("memory bank: " + bankSize + " patches that another program chose");
    }
    return List.of(
        String.format(
            Locale.ROOT,
            "memory bank: %d of %d patches, covering radius %.4f in %d directions",
            bankSize,
            patches,
            coveringRadius,
            directions));
  }

  @Override
  public List<String> warnings() {
    return List.of();
  }
}
