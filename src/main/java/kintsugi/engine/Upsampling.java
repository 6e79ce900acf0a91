package kintsugi.engine;

/**
 * How a map is enlarged. Positions are those of pixel centres, torch's {@code align_corners=False}:
 * output {@code i} lies at {@code (i + ½)·in/out − ½} of the input.
 */
public enum Upsampling {
  /** The input at {@code ⌊i·in/out⌋}. */
  NEAREST,

  /** Between the two inputs on either side; beyond the last one its value stays. */
  BILINEAR,

  /**
   * Keys' cubic with {@code a = −3/4} over four inputs, as torch has it; the edge is replicated.
   */
  BICUBIC;

  private static final double A = -0.75;

  /**
   * The inputs of each output of a line, and their weights.
   *
   * @param index for each output its inputs
   * @param weight for each output their weights, which sum to 1
   */
  record Line(int[][] index, float[][] weight) {

    /**
     * One output of the line that starts at {@code start} and has its inputs {@code step} apart.
     */
    float at(int output, float[] values, int start, int step) {
      int[] from = index[output];
      float[] by = weight[output];
      float sum = by[0] * values[start + from[0] * step];
      for (int k = 1; k < from.length; k++) {
        sum += by[k] * values[start + from[k] * step];
      }
      return sum;
    }
  }

  Line line(int in, int out) {
    int[][] index = new int[out][];
    float[][] weight = new float[out][];
    for (int i = 0; i < out; i++) {
      double place = (i + 0.5) * in / out - 0.5;
      int below = (int) Math.floor(this == BILINEAR ? Math.max(0, place) : place);
      switch (this) {
        case NEAREST -> {
          index[i] = new int[] {(int) ((long) i * in / out)};
          weight[i] = new float[] {1};
        }
        case BILINEAR -> {
          float share = (float) (Math.max(0, place) - below);
          index[i] = new int[] {below, Math.min(below + 1, in - 1)};
          weight[i] = new float[] {1 - share, share};
        }
        case BICUBIC -> {
          index[i] = new int[4];
          weight[i] = new float[4];
          for (int k = 0; k < 4; k++) {
            index[i][k] = Math.clamp(below - 1 + k, 0, in - 1);
            weight[i][k] = (float) keys(Math.abs(place - (below - 1 + k)));
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
