package kintsugi.tensor;

import java.util.Arrays;

/**
 * A dense array of fp32 values and its shape, in row-major order: the last index runs fastest.
 *
 * <p>Feature maps and images are {@code [N, H, W, C]} (NHWC), so the channels of one position are
 * adjacent. A tensor is a thin view: it does not copy the array it wraps, and every holder of
 * {@link #data()} may write to it.
 */
public final class Tensor {
  private final float[] data;
  private final int[] shape;

  private Tensor(float[] data, int[] shape) {
    this.data = data;
    this.shape = shape;
  }

  /**
   * Wraps an array.
   *
   * @param data the values, in row-major order; not copied
   * @param shape the extent of each dimension
   * @return the tensor
   * @throws IllegalArgumentException if the shape has a negative extent or does not hold exactly
   *     {@code data.length} values
   */
  public static Tensor of(float[] data, int... shape) {
    if (elements(shape) != data.length) {
      throw new IllegalArgumentException(
          "shape " + Arrays.toString(shape) + " does not hold " + data.length + " values");
    }
    return new Tensor(data, shape.clone());
  }

  /**
   * {@return a tensor of zeros}
   *
   * @param shape the extents
   * @throws IllegalArgumentException if an extent is negative or the product exceeds an array
   */
  public static Tensor zeros(int... shape) {
    return new Tensor(new float[elements(shape)], shape.clone());
  }

  private static int elements(int[] shape) {
    long product = 1;
    for (int extent : shape) {
      product = extent < 0 ? -1 : product * extent;
      if (product < 0 || product > Integer.MAX_VALUE - 8) {
        throw new IllegalArgumentException("no array holds shape " + Arrays.toString(shape));
      }
    }
    return (int) product;
  }

  /** {@return the values themselves, in row-major order; writes go through} */
  public float[] data() {
    return data;
  }

  /** {@return a copy of the shape} */
  public int[] shape() {
    return shape.clone();
  }

  /** {@return the number of dimensions} */
  public int rank() {
    return shape.length;
  }

  /**
   * The extent of one dimension; a negative index counts from the end, so {@code dim(-1)} is the
   * number of channels of an NHWC tensor.
   *
   * @param index which dimension
   * @return the extent
   */
  public int dim(int index) {
    return shape[index < 0 ? shape.length + index : index];
  }

  /** {@return the number of elements} */
  public int size() {
    return data.length;
  }

  /**
   * {@return a copy of one element of a batch: {@code [N, a, b, …]} becomes {@code [a, b, …]}}
   *
   * @param n which element
   */
  public Tensor part(int n) {
    int size = data.length / shape[0];
    float[] part = Arrays.copyOfRange(data, n * size, (n + 1) * size);
    return new Tensor(part, Arrays.copyOfRange(shape, 1, shape.length));
  }

  /**
   * {@return the same values under another shape; shares the array}
   *
   * @param newShape a shape with the same number of elements
   */
  public Tensor reshape(int... newShape) {
    return of(data, newShape);
  }

  @Override
  public String toString() {
    return "Tensor" + Arrays.toString(shape);
  }
}
