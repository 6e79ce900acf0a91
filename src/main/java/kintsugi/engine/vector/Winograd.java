package kintsugi.engine.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import kintsugi.engine.Filter;
import kintsugi.tensor.Tensor;

/**
 * Winograd's minimal filtering with 3x3 kernels: {@code Y = Aᵀ[(G·g·Gᵀ) ⊙ (Bᵀ·d·B)]A}, where d is a
 * square of the input, g the kernel and Y a square of {@code outputs} x {@code outputs} results. It
 * trades multiplications for additions: 2.25 times fewer products for F(2x2,3x3) and 4 times fewer
 * for F(4x4,3x3). The order of additions is not the specification's, so bits differ.
 *
 * <p>Source: Lavin, Gray, <i>Fast Algorithms for Convolutional Neural Networks</i>, 2015, section
 * 4.
 */
enum Winograd {
  /** Squares of 2x2 results from 4x4 inputs. */
  F2(2, new double[][] {{1, 0, 0}, {.5, .5, .5}, {.5, -.5, .5}, {0, 0, 1}}) {
    @Override
    void input(float[] from, int at, int stride, float[] to, int place, int step, int count) {
      for (int c = 0; c < count; c += LANES) {
        FloatVector d0 = load(from, at + c);
        FloatVector d1 = load(from, at + stride + c);
        FloatVector d2 = load(from, at + 2 * stride + c);
        FloatVector d3 = load(from, at + 3 * stride + c);
        d0.sub(d2).intoArray(to, place + c);
        d1.add(d2).intoArray(to, place + step + c);
        d2.sub(d1).intoArray(to, place + 2 * step + c);
        d1.sub(d3).intoArray(to, place + 3 * step + c);
      }
    }

    @Override
    void output(float[] from, int at, int stride, float[] to, int place, int step, int count) {
      for (int c = 0; c < count; c += LANES) {
        FloatVector m0 = load(from, at + c);
        FloatVector m1 = load(from, at + stride + c);
        FloatVector m2 = load(from, at + 2 * stride + c);
        FloatVector m3 = load(from, at + 3 * stride + c);
        m0.add(m1).add(m2).intoArray(to, place + c);
        m1.sub(m2).sub(m3).intoArray(to, place + step + c);
      }
    }
  },

  /** Squares of 4x4 results from 6x6 inputs. */
  F4(
      4,
      new double[][] {
        {1 / 4., 0, 0},
        {-1 / 6., -1 / 6., -1 / 6.},
        {-1 / 6., 1 / 6., -1 / 6.},
        {1 / 24., 1 / 12., 1 / 6.},
        {1 / 24., -1 / 12., 1 / 6.},
        {0, 0, 1}
      }) {
    @Override
    void input(float[] from, int at, int stride, float[] to, int place, int step, int count) {
      for (int c = 0; c < count; c += LANES) {
        FloatVector d0 = load(from, at + c);
        FloatVector d1 = load(from, at + stride + c);
        FloatVector d2 = load(from, at + 2 * stride + c);
        FloatVector d3 = load(from, at + 3 * stride + c);
        FloatVector d4 = load(from, at + 4 * stride + c);
        FloatVector d5 = load(from, at + 5 * stride + c);
        d0.mul(4).add(d2.mul(-5)).add(d4).intoArray(to, place + c);
        FloatVector even = d4.sub(d2.mul(4));
        FloatVector odd = d3.sub(d1.mul(4));
        even.add(odd).intoArray(to, place + step + c);
        even.sub(odd).intoArray(to, place + 2 * step + c);
        even = d4.sub(d2);
        odd = d3.sub(d1).mul(2);
        even.add(odd).intoArray(to, place + 3 * step + c);
        even.sub(odd).intoArray(to, place + 4 * step + c);
        d1.mul(4).add(d3.mul(-5)).add(d5).intoArray(to, place + 5 * step + c);
      }
    }

    @Override
    void output(float[] from, int at, int stride, float[] to, int place, int step, int count) {
      for (int c = 0; c < count; c += LANES) {
        FloatVector m1 = load(from, at + stride + c);
        FloatVector m2 = load(from, at + 2 * stride + c);
        FloatVector m3 = load(from, at + 3 * stride + c);
        FloatVector m4 = load(from, at + 4 * stride + c);
        FloatVector even = m1.add(m2);
        FloatVector odd = m1.sub(m2);
        FloatVector wideEven = m3.add(m4);
        FloatVector wideOdd = m3.sub(m4);
        load(from, at + c).add(even).add(wideEven).intoArray(to, place + c);
        odd.add(wideOdd.mul(2)).intoArray(to, place + step + c);
        even.add(wideEven.mul(4)).intoArray(to, place + 2 * step + c);
        FloatVector m5 = load(from, at + 5 * stride + c);
        odd.add(wideOdd.mul(8)).add(m5).intoArray(to, place + 3 * step + c);
      }
    }
  };

  private static final VectorSpecies<Float> SPECIES = MicroKernel.SPECIES;
  private static final int LANES = SPECIES.length();

  private final int outputs;
  private final double[][] g;

  Winograd(int outputs, double[][] g) {
    this.outputs = outputs;
    this.g = g;
  }

  /** Rows and columns of the square of results. */
  int outputs() {
    return outputs;
  }

  /** Rows and columns of the square of inputs, and of the square of products. */
  int inputs() {
    return outputs + 2;
  }

  /**
   * {@code Bᵀ} along one line of the square, for {@code count} channels at once: reads {@link
   * #inputs} runs of channels, {@code stride} apart, and writes the same number, {@code step}
   * apart.
   */
  abstract void input(float[] from, int at, int stride, float[] to, int place, int step, int count);

  /** {@code Aᵀ} along one line: reads {@link #inputs} runs and writes {@link #outputs}. */
  abstract void output(
      float[] from, int at, int stride, float[] to, int place, int step, int count);

  private static FloatVector load(float[] from, int at) {
    return FloatVector.fromArray(SPECIES, from, at);
  }

  /**
   * {@code G·g·Gᵀ} of every pair of channels, computed in fp64: for each product of the square the
   * panels ({@link MicroKernel#pack}) of a 1x1 filter.
   *
   * @param filter 3x3
   */
  float[][] weights(Filter filter) {
    int side = inputs();
    float[][] transformed = new float[side * side][];
    for (int product = 0; product < side * side; product++) {
      float[] matrix = transform(filter, g[product / side], g[product % side]);
      Tensor weight = Tensor.of(matrix, 1, 1, filter.inputs(), filter.outputs());
      Filter pointwise = new Filter(weight, filter.bias());
      transformed[product] = MicroKernel.pack(pointwise, filter.inputs());
    }
    return transformed;
  }

  /** One product's weights for every pair of channels: {@code Σ_k row(k/3)·column(k%3)·g(k)}. */
  private static float[] transform(Filter filter, double[] row, double[] column) {
    double[] sums = new double[filter.inputs() * filter.outputs()];
    for (int k = 0; k < 9; k++) {
      double factor = row[k / 3] * column[k % 3];
      if (factor != 0) {
        addScaled(filter.weight().data(), k * sums.length, factor, sums);
      }
    }
    float[] rounded = new float[sums.length];
    for (int i = 0; i < sums.length; i++) {
      rounded[i] = (float) sums[i];
    }
    return rounded;
  }

  private static void addScaled(float[] weights, int from, double factor, double[] sums) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] += factor * weights[from + i];
    }
  }
}
