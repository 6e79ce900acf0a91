/**
 * PatchCore, the whole paper: K. Roth, L. Pemula, J. Zepeda, B. Schölkopf, T. Brox, P. Gehler,
 * <i>Towards Total Recall in Industrial Anomaly Detection</i>, 2021.
 *
 * <p>{@link kintsugi.patchcore.LocalEmbedding} is section 3.1, {@link
 * kintsugi.patchcore.KCenterGreedy} section 3.2 and algorithm 1, {@link
 * kintsugi.patchcore.MemoryBank} section 3.3, and {@link
 * kintsugi.patchcore.PatchCoreDetector#score} the whole of it, line by line; {@link
 * kintsugi.patchcore.PatchCoreRecipe} has the choices in which published versions differ.
 */
package kintsugi.patchcore;
