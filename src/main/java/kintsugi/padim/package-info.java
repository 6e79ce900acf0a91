/**
 * PaDiM, the whole paper: T. Defard, A. Setkov, A. Loesch, R. Audigier, <i>PaDiM: a Patch
 * Distribution Modeling Framework for Anomaly Detection and Localization</i>, 2020.
 *
 * <p>{@link kintsugi.padim.PatchEmbedding} is section III-A, {@link
 * kintsugi.padim.GaussianAccumulator} section III-B with {@link kintsugi.padim.Cholesky} for what
 * it needs of linear algebra, {@link kintsugi.padim.PadimDetector#score} section III-C, line by
 * line; {@link kintsugi.padim.PadimRecipe} has the choices in which published versions differ.
 */
package kintsugi.padim;
