/**
 * From a checkpoint file to named tensors.
 *
 * <p>{@link kintsugi.weights.Checkpoint} reads every known format and runs nothing in a file;
 * {@link kintsugi.weights.BatchNorm} folds batch norms into convolutions; {@link
 * kintsugi.weights.WeightsLocator} finds weights and {@link kintsugi.weights.Fetch} downloads them.
 */
package kintsugi.weights;
