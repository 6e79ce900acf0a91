package kintsugi.detector;

/**
 * The size of the network's input, which is that of the score maps.
 *
 * @param width columns
 * @param height rows
 */
public record InputSize(int width, int height) {
  @Override
  public String toString() {
    return width + "x" + height;
  }
}
