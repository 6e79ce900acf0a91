package kintsugi.engine;

/**
 * The interpolation of an enlarged map. Coordinates are those of pixel centres, torch's {@code
 * align_corners=False}: output {@code i} lies at {@code (i + ½)·in/out − ½} of the input.
 */
public enum Upsampling {
  /** The input at {@code ⌊i·in/out⌋}. */
  NEAREST,

  /** Linear between the two neighbouring inputs; beyond the edge its value is replicated. */
  BILINEAR,

  /** Keys' cubic with {@code a = −3/4} over four inputs, as in torch; the edge is replicated. */
  BICUBIC;

  private static final double A = -0.75;

  /**
   * The inputs of each output along one axis, and their coefficients.
   *
   * @param index per output its inputs
   * @param weight per output their coefficients, which sum to 1
   */
  public record Line(int[][] index, float[][] weight) {

    /**
     * Computes one output.
     *
     * @param output its index
     * @param values the map
     * @param start where the line begins in the map
     * @param stride the distance between two inputs of the line
     * @return the weighted sum, added in fp32 in the order of the inputs
     */
    public float at(int output, float[] values, int start, int stride) {
      int[] from = index[output];
      float[] by = weight[output];
      float sum = by[0] * values[start + from[0] * stride];
      for (int k = 1; k < from.length; k++) {
        sum += by[k] * values[start + from[k] * stride];
      }
      return sum;
    }
  }

  /**
   * Computes the inputs and coefficients along one axis.
   *
   * @param in extent of the input
   * @param out extent of the output
   * @return one line
   */
  public Line line(int in, int out) {
    int[][] index = new int[out][];
    float[][] weight = new float[out][];
    for (int i = 0; i < out; i++) {
      double centre = (i + 0.5) * in / out - 0.5;
      int below = (int) Math.floor(this == BILINEAR ? Math.max(0, centre) : centre);
      switch (this) {
        case NEAREST -> {
          index[i] = new int[] {(int) ((long) i * in / out)};
          weight[i] = new float[] {1};
        }
        case BILINEAR -> {
          float fraction = (float) (Math.max(0, centre) - below);
          index[i] = new int[] {below, Math.min(below + 1, in - 1)};
          weight[i] = new float[] {1 - fraction, fraction};
        }
        case BICUBIC -> {
          index[i] = new int[4];
          weight[i] = new float[4];
          for (int k = 0; k < 4; k++) {
            index[i][k] = Math.clamp(below - 1 + k, 0, in - 1);
            weight[i][k] = (float) keys(Math.abs(centre - (below - 1 + k)));
          }
        }
      }
    }
    return new Line(index, weight);
  }

  private static double keys(double x) {
    return x <= 1 ? ((A + 2) * x - (A + 3)) * x * x + 1 : (((x - 5) * x + 8) * x - 4) * A;
  }
}
