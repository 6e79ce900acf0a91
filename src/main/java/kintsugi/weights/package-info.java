/**
 * From a checkpoint file to named tensors.
 *
 * <p>{@link kintsugi.weights.Checkpoint} reads every known format and runs nothing that a file
 * holds; {@link kintsugi.weights.BatchNorm} folds norms into convolutions; {@link
 * kintsugi.weights.WeightsLocator} and {@link kintsugi.weights.Fetch} find and bring files.
 */
package kintsugi.weights;
