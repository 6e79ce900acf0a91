package kintsugi.engine;

import java.util.List;

/** One layer of a {@link Network}: it reads named activations and writes one. */
public sealed interface Layer {

  /** {@return the name of the activation it writes} */
  String output();

  /** {@return the names of the activations it reads} */
  List<String> inputs();

  /**
   * {@return the shape of its output}
   *
   * @param input {@code [H, W, C]} of its first input
   * @throws IllegalArgumentException if the input does not fit
   */
  int[] shape(int[] input);

  /**
   * A convolution with its epilogue: {@code y = act(bias + Σ_kh,kw,i x[y·s − p + kh, x·s − p + kw,
   * i] · w[kh, kw, i, o] + residual)}, added in this order from the bias on, with one rounding per
   * product (fma).
   *
   * @param output the name of the activation it writes
   * @param input the name of the activation it reads
   * @param residual the name of the activation added before the ReLU, or null
   * @param filter weights and bias
   * @param stride the distance from window to window
   * @param padding rows and columns of zeros around the input
   * @param relu whether negative results become zero
   */
  record Convolution(
      String output,
      String input,
      String residual,
      Filter filter,
      int stride,
      int padding,
      boolean relu)
      implements Layer {
    @Override
    public List<String> inputs() {
      return residual == null ? List.of(input) : List.of(input, residual);
    }

    @Override
    public int[] shape(int[] in) {
      if (in[2] != filter.inputs()) {
        throw new IllegalArgumentException(
            output + " needs " + filter.inputs() + " channels, not " + in[2]);
      }
      return new int[] {
        extent(in[0], filter.height(), stride, padding),
        extent(in[1], filter.width(), stride, padding),
        filter.outputs()
      };
    }
  }

  /**
   * The maximum over a window; positions outside the input are left out.
   *
   * @param output the name of the activation it writes
   * @param input the name of the activation it reads
   * @param size rows and columns of the window
   * @param stride the distance from window to window
   * @param padding rows and columns around the input into which windows may reach
   */
  record MaxPool(String output, String input, int size, int stride, int padding) implements Layer {
    @Override
    public List<String> inputs() {
      return List.of(input);
    }

    @Override
    public int[] shape(int[] in) {
      return new int[] {
        extent(in[0], size, stride, padding), extent(in[1], size, stride, padding), in[2]
      };
    }
  }

  /**
   * {@code max(0, a + b)}: the end of a residual block whose sum is also handed out without ReLU.
   *
   * @param output the name of the activation it writes
   * @param input the name of the activation it reads
   * @param residual the name of the activation that is added
   */
  record AddRelu(String output, String input, String residual) implements Layer {
    @Override
    public List<String> inputs() {
      return List.of(input, residual);
    }

    @Override
    public int[] shape(int[] in) {
      return in.clone();
    }
  }

  /**
   * The mean of every channel over all positions, summed in fp64.
   *
   * @param output the name of the activation it writes
   * @param input the name of the activation it reads
   */
  record GlobalAverage(String output, String input) implements Layer {
    @Override
    public List<String> inputs() {
      return List.of(input);
    }

    @Override
    public int[] shape(int[] in) {
      return new int[] {1, 1, in[2]};
    }
  }

  private static int extent(int in, int window, int stride, int padding) {
    int room = in + 2 * padding - window;
    if (room < 0) {
      throw new IllegalArgumentException(
          "an extent of " + in + " is smaller than a window of " + window);
    }
    return room / stride + 1;
  }
}
