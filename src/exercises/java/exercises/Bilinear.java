package exercises;

/** Exercise 5: the bilinear upsampling of a map of distances (PaDiM, III-C). */
public final class Bilinear {
  private Bilinear() {}

  /**
   * A pixel has its value at its centre. So output {@code i} of an axis lies at {@code (i +
   * ½)·in/out − ½} of the input, and where that is beyond the first or the last centre the value of
   * the edge is repeated. Between two centres, a fraction {@code f} after the first:
   *
   * <pre>{@code
   * value = (1 − f)·before + f·after     along the rows, then along the columns
   * }</pre>
   *
   * @param map {@code [h, w]}: distances of the patch grid
   * @param height H, rows of the result
   * @param width W, columns of the result
   * @return {@code [H, W]}
   */
  public static float[][] upsample(float[][] map, int height, int width) {
    throw new UnsupportedOperationException("write Bilinear");
  }
}
