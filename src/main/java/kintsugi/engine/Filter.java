package kintsugi.engine;

import kintsugi.tensor.Tensor;

/**
 * The weights of a convolution.
 *
 * @param weight {@code [KH, KW, I, O]}: the order in which NHWC meets them
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
      throw new IllegalArgumentException("no filter: " + weight + " with bias " + bias);
    }
  }

  /**
   * From torch's {@code [O, I, KH, KW]}.
   *
   * @return the filter in this project's order
   */
  public static Filter ofTorch(Tensor weight, Tensor bias) {
    int outputs = weight.dim(0);
    int inputs = weight.dim(1);
    int taps = weight.dim(2) * weight.dim(3);
    float[] from = weight.data();
    float[] to = new float[from.length];
    for (int o = 0; o < outputs; o++) {
      for (int i = 0; i < inputs; i++) {
        for (int k = 0; k < taps; k++) {
          to[(k * inputs + i) * outputs + o] = from[(o * inputs + i) * taps + k];
        }
      }
    }
    return new Filter(Tensor.of(to, weight.dim(2), weight.dim(3), inputs, outputs), bias);
  }

  /** A window of one pixel: a matrix {@code [I, O]}. */
  static Filter pointwise(float[] matrix, int inputs, Tensor bias) {
    return new Filter(Tensor.of(matrix, 1, 1, inputs, bias.dim(0)), bias);
  }

  /** {@return rows of the window} */
  public int height() {
    return weight.dim(0);
  }

  /** {@return columns of the window} */
  public int width() {
    return weight.dim(1);
  }

  /** {@return channels in} */
  public int inputs() {
    return weight.dim(2);
  }

  /** {@return channels out} */
  public int outputs() {
    return weight.dim(3);
  }
}
