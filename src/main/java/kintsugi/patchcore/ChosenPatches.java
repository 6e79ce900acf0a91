package kintsugi.patchcore;

import kintsugi.tensor.Tensor;

/**
 * The coreset of patches that are in parts.
 *
 * @param bank the patches chosen, {@code [M, D]}, in the order of their choice
 * @param origins of these
 * @param patches how many they were chosen from
 * @param coveringRadius the maximum distance of any of these to the nearest one chosen, measured in
 *     the space of the choice
 * @param lowerBound the covering radius of as many patches, chosen in the best way, is not below
 *     this; 0 where nothing is proved
 * @param provedFactor the maximum of {@code coveringRadius} as a multiple of the best one by the
 *     algorithm's proof; 0 where nothing is proved
 * @param directions dimension of the space of the choice
 * @param parts how many
 * @param rounds in which every part was asked
 */
public record ChosenPatches(
    Tensor bank,
    Origins origins,
    long patches,
    double coveringRadius,
    double lowerBound,
    int provedFactor,
    int directions,
    int parts,
    int rounds) {

  /**
   * {@return at most so many times the best covering radius, by what was measured; NaN if unknown}
   */
  public double factor() {
    return lowerBound > 0 ? coveringRadius / lowerBound : Double.NaN;
  }
}
