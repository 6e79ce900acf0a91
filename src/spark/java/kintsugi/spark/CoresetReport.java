package kintsugi.spark;

import java.util.Locale;
import kintsugi.patchcore.ChosenPatches;

/**
 * How well a bank covers the patches, for a person and as JSON.
 *
 * @param search composable or exact
 * @param parts that the patches were in
 * @param patches that were chosen from
 * @param bankSize how many were chosen
 * @param directions dimension of the space of the choice
 * @param coveringRadius measured against all patches
 * @param lowerBound of the covering radius of any choice of as many; 0 where nothing is proved
 * @param factor at most so many times the best covering radius, by what was measured
 * @param provedFactor the same by the proof alone, before anything is measured; 0 for none
 * @param rounds in which every part was asked
 */
record CoresetReport(
    String search,
    int parts,
    long patches,
    int bankSize,
    int directions,
    double coveringRadius,
    double lowerBound,
    double factor,
    int provedFactor,
    int rounds) {

  static CoresetReport of(String search, ChosenPatches chosen) {
    return new CoresetReport(
        search,
        chosen.parts(),
        chosen.patches(),
        chosen.bank().dim(0),
        chosen.directions(),
        chosen.coveringRadius(),
        chosen.lowerBound(),
        chosen.factor(),
        chosen.provedFactor(),
        chosen.rounds());
  }

  /** The figures as JSON; Spark's jars have another Jackson than the command line's. */
  String json() {
    return String.format(
        Locale.ROOT,
        "{\"parts\": %d, \"patches\": %d, \"bank_size\": %d, \"directions\": %d,"
            + " \"covering_radius\": %s, \"lower_bound\": %s, \"factor\": %s,"
            + " \"proved_factor\": %d, \"rounds\": %d}",
        parts,
        patches,
        bankSize,
        directions,
        coveringRadius,
        lowerBound,
        Double.isFinite(factor) ? factor : null,
        provedFactor,
        rounds);
  }

  /** A line for a person. */
  String line() {
    return String.format(
        Locale.ROOT,
        "%s coreset: %d of %d patches in %d parts, covering radius %.4f measured, %s",
        search,
        bankSize,
        patches,
        parts,
        coveringRadius,
        bound());
  }

  private String bound() {
    if (coveringRadius == 0) {
      return "the best possible";
    }
    if (provedFactor == 0) {
      return "no bound for this start of the search";
    }
    return String.format(
        Locale.ROOT,
        "at most %.2f times the best possible (proved: at most %d times)",
        Double.isNaN(factor) ? provedFactor : factor,
        provedFactor);
  }
}
