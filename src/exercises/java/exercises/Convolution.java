package exercises;

/** Exercise 9: a 3x3 convolution of stride 1 with padding 1, as ResNet-18 has them. */
public final class Convolution {
  private Convolution() {}

  /**
   * The kernel is not flipped (a correlation), and beyond the edge the image is 0:
   *
   * <pre>{@code
   * out(y, x, o) = bias(o) + Σ_kh,kw,i image(y − 1 + kh, x − 1 + kw, i)·kernel(kh, kw, i, o)
   * }</pre>
   *
   * <p>Seven loops if batch and output channels are counted; here there is one image.
   *
   * @param image {@code [H, W, I]}: rows, columns, input channels
   * @param kernel {@code [3, 3, I, O]}
   * @param bias {@code [O]}, one per output channel
   * @return {@code [H, W, O]}
   */
  public static float[][][] convolve(float[][][] image, float[][][][] kernel, float[] bias) {
    throw new UnsupportedOperationException("write Convolution");
  }
}
