package kintsugi.engine;

import kintsugi.tensor.Tensor;

/**
 * The weights and the bias of a convolution.
 *
 * @param weight {@code [KH, KW, I, O]}: the order in which a convolution over NHWC reads them
 * @param bias {@code [O]}
 */
public record Filter(Tensor weight, Tensor bias) {

  /**
   * Checks the shapes.
   *
   * @throws IllegalArgumentException if the shapes do not fit each other
   */
  public Filter {
    if (weight.rank() != 4 || bias.rank() != 1 || weight.dim(3) != bias.dim(0)) {
      throw new IllegalArgumentException(
          "weights " + weight + " with bias " + bias + " are not a filter");
    }
  }

  /**
   * Converts torch's weights {@code [O, I, KH, KW]}.
   *
   * @param weight torch's weights
   * @param bias {@code [O]}
   * @return the filter in this project's order
   */
  public static Filter ofTorch(Tensor weight, Tensor bias) {
    int outputs = weight.dim(0);
    int inputs = weight.dim(1);
    int window = weight.dim(2) * weight.dim(3);
    float[] from = weight.data();
    float[] to = new float[from.length];
    for (int o = 0; o < outputs; o++) {
      for (int i = 0; i < inputs; i++) {
        for (int k = 0; k < window; k++) {
          to[(k * inputs + i) * outputs + o] = from[(o * inputs + i) * window + k];
        }
      }
    }
    return new Filter(Tensor.of(to, weight.dim(2), weight.dim(3), inputs, outputs), bias);
  }

  /** {@return rows of the kernel} */
  public int height() {
    return weight.dim(0);
  }

  /** {@return columns of the kernel} */
  public int width() {
    return weight.dim(1);
  }

  /** {@return input channels} */
  public int inputs() {
    return weight.dim(2);
  }

  /** {@return output channels} */
  public int outputs() {
    return weight.dim(3);
  }
}
