package kintsugi.weights;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The folding of batch norms: in a trained network a batch norm is a factor and a summand per
 * channel, which can be folded into the convolution before it (Ioffe and Szegedy, <i>Batch
 * Normalization</i>, algorithm 2):
 *
 * <pre>{@code
 * s = γ / √(σ² + 1e-5)
 * w ← w·s
 * b ← β + (b − μ)·s
 * }</pre>
 */
public final class BatchNorm {
  private static final double EPSILON = 1e-5;
  private static final String MEAN = ".running_mean";

  private BatchNorm() {}

  /**
   * Folds every batch norm of a checkpoint with torchvision's names, in fp64; layers without one
   * stay as they are.
   *
   * @param tensors the tensors by their names
   * @return the tensors without batch norms
   * @throws IllegalArgumentException if a batch norm is incomplete or does not fit its convolution
   */
  public static Map<String, StoredTensor> fold(Map<String, StoredTensor> tensors) {
    Map<String, StoredTensor> folded = new LinkedHashMap<>(tensors);
    for (String name : tensors.keySet()) {
      if (name.endsWith(MEAN)) {
        foldOne(tensors, name.substring(0, name.length() - MEAN.length()), folded);
      }
    }
    return folded;
  }

  private static void foldOne(
      Map<String, StoredTensor> tensors, String norm, Map<String, StoredTensor> folded) {
    String convolution = convolution(norm);
    StoredTensor weight = tensors.get(convolution + ".weight");
    if (weight == null) {
      // Not a convolution of torchvision's names: a network that needs it reports it missing.
      return;
    }
    double[] mean = channel(tensors, norm + MEAN, weight);
    double[] variance = channel(tensors, norm + ".running_var", weight);
    double[] gamma = channel(tensors, norm + ".weight", weight);
    double[] beta = channel(tensors, norm + ".bias", weight);
    double[] bias =
        tensors.containsKey(convolution + ".bias")
            ? channel(tensors, convolution + ".bias", weight)
            : new double[mean.length];
    float[] scaled = new float[weight.count()];
    float[] shifted = new float[mean.length];
    int perChannel = scaled.length / mean.length;
    for (int c = 0; c < mean.length; c++) {
      double scale = gamma[c] / Math.sqrt(variance[c] + EPSILON);
      shifted[c] = (float) (beta[c] + (bias[c] - mean[c]) * scale);
      for (int i = c * perChannel; i < (c + 1) * perChannel; i++) {
        scaled[i] = (float) (weight.get(i) * scale);
      }
    }
    for (String part : new String[] {MEAN, ".running_var", ".weight", ".bias"}) {
      folded.remove(norm + part);
    }
    folded.remove(norm + ".num_batches_tracked");
    folded.put(convolution + ".weight", StoredTensor.of(scaled, weight.shape()));
    folded.put(convolution + ".bias", StoredTensor.of(shifted, shifted.length));
  }

  /** torchvision's names: {@code bn2} follows {@code conv2}, {@code downsample.1} follows 0. */
  private static String convolution(String norm) {
    return norm.endsWith("downsample.1")
        ? norm.substring(0, norm.length() - 1) + "0"
        : norm.replaceFirst("bn(\\d)$", "conv$1");
  }

  private static double[] channel(
      Map<String, StoredTensor> tensors, String name, StoredTensor weight) {
    StoredTensor tensor = tensors.get(name);
    if (tensor == null || !Arrays.equals(tensor.shape(), new long[] {weight.shape()[0]})) {
      throw new IllegalArgumentException(
          "its tensor "
              + name
              + (tensor == null ? " is missing" : " has shape " + Arrays.toString(tensor.shape()))
              + " where the convolution has "
              + Arrays.toString(weight.shape()));
    }
    return tensor.doubles();
  }
}
