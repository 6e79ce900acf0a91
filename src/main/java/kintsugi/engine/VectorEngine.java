package kintsugi.engine;

import java.util.Locale;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import kintsugi.tensor.Tensor;

/**
 * The Vector API: the specification's additions in the specification's order, many at a time. Only
 * where it is told to convolve by Winograd's algorithm does it add in another order.
 */
public final class VectorEngine implements Engine {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final int LANES = SPECIES.length();

  /** Pictures that share one pass over the factors: enough chains to hide the latency of fma. */
  private static final int SHARED = 4;

  /** Parts for each thread: some slack for a thread that is late. */
  private static final int PARTS = 4;

  private final Parallel parallel;
  private final ScalarEngine scalar;
  private final Convolutions convolutions;

  /**
   * An engine on these threads that convolves directly.
   *
   * @param parallel the threads
   */
  public VectorEngine(Parallel parallel) {
    this(parallel, Convolutions.DIRECT);
  }

  /**
   * An engine on these threads.
   *
   * @param parallel the threads
   * @param convolutions how 3x3 convolutions are done
   */
  public VectorEngine(Parallel parallel, Convolutions convolutions) {
    this.parallel = parallel;
    this.scalar = new ScalarEngine(parallel);
    this.convolutions = convolutions;
  }

  @Override
  public String name() {
    return "vector";
  }

  @Override
  public String description() {
    return "Vector API, "
        + SPECIES.vectorBitSize()
        + "-bit vectors of "
        + LANES
        + " floats, tiles of "
        + ConvolutionKernel.PIXELS
        + "x"
        + ConvolutionKernel.CHANNELS
        + ", 3x3 convolutions "
        + convolutions.toString().toLowerCase(Locale.ROOT);
  }

  @Override
  public Runner prepare(Network network) {
    return new VectorNetwork(network, parallel, convolutions);
  }

  @Override
  public Tensor mahalanobis(Gaussians gaussians, Tensor patches) {
    gaussians.requireGrid(patches);
    Tensor distances = Tensor.zeros(patches.dim(0), gaussians.height(), gaussians.width());
    // Groups outside and pictures inside: a group's factors come from memory once for a batch.
    int parts = Math.min(PARTS * parallel.threads(), gaussians.groups());
    parallel.forEach(
        parts,
        part -> {
          Substitution work = new Substitution(gaussians, patches, distances);
          int end = gaussians.groups() * (part + 1) / parts;
          for (int group = gaussians.groups() * part / parts; group < end; group++) {
            work.group(group);
          }
        });
    return distances;
  }

  /** Forward substitution for groups of positions, with the memory it needs on the way. */
  private static final class Substitution {
    private final Gaussians g;
    private final float[] patches;
    private final float[] out;
    private final int count;
    private final float[] y;
    private final float[] norm = new float[SHARED * Gaussians.LANES];

    Substitution(Gaussians gaussians, Tensor patches, Tensor distances) {
      this.g = gaussians;
      this.patches = patches.data();
      this.out = distances.data();
      this.count = patches.dim(0);
      this.y = new float[SHARED * g.dimension() * Gaussians.LANES];
    }

    void group(int group) {
      int first = group * Gaussians.LANES;
      int lanes = Math.min(Gaussians.LANES, g.positions() - first);
      for (int n = 0; n < count; n += SHARED) {
        int pictures = Math.min(SHARED, count - n);
        for (int s = 0; s < pictures; s++) {
          int from = ((n + s) * g.positions() + first) * g.dimension();
          differences(g, group, patches, from, lanes, y, s);
        }
        if (pictures == 1) {
          solveOne(g, group, y, norm);
        } else {
          for (int lane = 0; lane < Gaussians.LANES; lane += LANES) {
            solve(g, group, lane, y, norm);
          }
        }
        for (int s = 0; s < pictures; s++) {
          int to = (n + s) * g.positions() + first;
          System.arraycopy(norm, s * Gaussians.LANES, out, to, lanes);
        }
      }
    }
  }

  /** {@code x − μ} of a group, turned so that one lane is one position. */
  private static void differences(
      Gaussians g, int group, float[] patches, int from, int lanes, float[] y, int shared) {
    int d = g.dimension();
    int mean = group * d * Gaussians.LANES;
    int to = shared * d * Gaussians.LANES;
    for (int lane = 0; lane < lanes; lane++) {
      for (int i = 0; i < d; i++) {
        int at = i * Gaussians.LANES + lane;
        y[to + at] = patches[from + lane * d + i] - g.mean()[mean + at];
      }
    }
  }

  /**
   * Forward substitution for one vector of positions and {@value #SHARED} pictures. Solved numbers
   * are kept negated, so that each further step is one fused multiply-add; pictures that are not
   * there are computed and ignored.
   */
  private static void solve(Gaussians g, int group, int lane, float[] y, float[] norm) {
    int d = g.dimension();
    int stride = d * Gaussians.LANES;
    float[] factor = g.factor()[group];
    int l = lane;
    FloatVector norm0 = FloatVector.zero(SPECIES);
    FloatVector norm1 = norm0;
    FloatVector norm2 = norm0;
    FloatVector norm3 = norm0;
    for (int i = 0; i < d; i++) {
      int row = i * Gaussians.LANES + lane;
      FloatVector rest0 = FloatVector.fromArray(SPECIES, y, row);
      FloatVector rest1 = FloatVector.fromArray(SPECIES, y, row + stride);
      FloatVector rest2 = FloatVector.fromArray(SPECIES, y, row + 2 * stride);
      FloatVector rest3 = FloatVector.fromArray(SPECIES, y, row + 3 * stride);
      for (int j = 0; j < i; j++) {
        FloatVector lij = FloatVector.fromArray(SPECIES, factor, l + j * Gaussians.LANES);
        int solved = j * Gaussians.LANES + lane;
        rest0 = lij.fma(FloatVector.fromArray(SPECIES, y, solved), rest0);
        rest1 = lij.fma(FloatVector.fromArray(SPECIES, y, solved + stride), rest1);
        rest2 = lij.fma(FloatVector.fromArray(SPECIES, y, solved + 2 * stride), rest2);
        rest3 = lij.fma(FloatVector.fromArray(SPECIES, y, solved + 3 * stride), rest3);
      }
      l += i * Gaussians.LANES;
      FloatVector lii = FloatVector.fromArray(SPECIES, factor, l);
      l += Gaussians.LANES;
      rest0 = rest0.div(lii);
      rest1 = rest1.div(lii);
      rest2 = rest2.div(lii);
      rest3 = rest3.div(lii);
      rest0.neg().intoArray(y, row);
      rest1.neg().intoArray(y, row + stride);
      rest2.neg().intoArray(y, row + 2 * stride);
      rest3.neg().intoArray(y, row + 3 * stride);
      norm0 = rest0.fma(rest0, norm0);
      norm1 = rest1.fma(rest1, norm1);
      norm2 = rest2.fma(rest2, norm2);
      norm3 = rest3.fma(rest3, norm3);
    }
    norm0.sqrt().intoArray(norm, lane);
    norm1.sqrt().intoArray(norm, Gaussians.LANES + lane);
    norm2.sqrt().intoArray(norm, 2 * Gaussians.LANES + lane);
    norm3.sqrt().intoArray(norm, 3 * Gaussians.LANES + lane);
  }

  /**
   * Forward substitution for one picture and the whole group, half by half of each cache line: what
   * limits it is the memory that the factors come from, and so it walks through them once.
   */
  private static void solveOne(Gaussians g, int group, float[] y, float[] norm) {
    int step = Math.min(2 * LANES, Gaussians.LANES);
    for (int lane = 0; lane < Gaussians.LANES; lane += step) {
      solvePair(g, group, lane, lane + step - LANES, y, norm);
    }
  }

  /** Two vectors of positions, or one and the same twice where a vector holds the whole group. */
  private static void solvePair(
      Gaussians g, int group, int lane, int other, float[] y, float[] norm) {
    int d = g.dimension();
    float[] factor = g.factor()[group];
    int l = 0;
    FloatVector norm0 = FloatVector.zero(SPECIES);
    FloatVector norm1 = norm0;
    for (int i = 0; i < d; i++) {
      int row = i * Gaussians.LANES;
      FloatVector rest0 = FloatVector.fromArray(SPECIES, y, row + lane);
      FloatVector rest1 = FloatVector.fromArray(SPECIES, y, row + other);
      for (int j = 0; j < i; j++) {
        int at = j * Gaussians.LANES;
        FloatVector lij0 = FloatVector.fromArray(SPECIES, factor, l + at + lane);
        FloatVector lij1 = FloatVector.fromArray(SPECIES, factor, l + at + other);
        rest0 = lij0.fma(FloatVector.fromArray(SPECIES, y, at + lane), rest0);
        rest1 = lij1.fma(FloatVector.fromArray(SPECIES, y, at + other), rest1);
      }
      l += i * Gaussians.LANES;
      rest0 = rest0.div(FloatVector.fromArray(SPECIES, factor, l + lane));
      rest1 = rest1.div(FloatVector.fromArray(SPECIES, factor, l + other));
      l += Gaussians.LANES;
      rest0.neg().intoArray(y, row + lane);
      rest1.neg().intoArray(y, row + other);
      norm0 = rest0.fma(rest0, norm0);
      norm1 = rest1.fma(rest1, norm1);
    }
    norm0.sqrt().intoArray(norm, lane);
    norm1.sqrt().intoArray(norm, other);
  }

  @Override
  public RowBank bank(Rows rows) {
    return new VectorRowBank(rows, parallel);
  }

  @Override
  public Tensor upsample(Tensor maps, int height, int width, Upsampling how) {
    // A few operations a pixel, once a picture: the plain loop is no cost.
    return scalar.upsample(maps, height, width, how);
  }

  @Override
  public Tensor blur(Tensor maps, float[] kernel, Border border) {
    Tensor blurred = Tensor.zeros(maps.shape());
    parallel.forEach(maps.dim(0), n -> blurOne(maps, n, kernel, border, blurred));
    return blurred;
  }

  /** Both passes read lines that were extended beyond the edge and filled up to vectors. */
  private static void blurOne(Tensor maps, int n, float[] kernel, Border border, Tensor blurred) {
    int height = maps.dim(1);
    int width = maps.dim(2);
    int reach = kernel.length / 2;
    int stride = (width + LANES - 1) / LANES * LANES;
    float[] line = new float[stride + 2 * reach];
    float[] along = new float[(height + 2 * reach) * stride];
    for (int y = 0; y < height; y++) {
      int from = (n * height + y) * width;
      System.arraycopy(maps.data(), from, line, reach, width);
      for (int k = 0; k < reach; k++) {
        line[k] = maps.data()[from + border.inside(k - reach, width)];
        line[reach + width + k] = maps.data()[from + border.inside(width + k, width)];
      }
      correlate(line, 0, 1, kernel, along, (reach + y) * stride, stride);
    }
    for (int k = 0; k < reach; k++) {
      int above = reach + border.inside(k - reach, height);
      int below = reach + border.inside(height + k, height);
      System.arraycopy(along, above * stride, along, k * stride, stride);
      System.arraycopy(along, below * stride, along, (reach + height + k) * stride, stride);
    }
    float[] row = new float[stride];
    for (int y = 0; y < height; y++) {
      correlate(along, y * stride, stride, kernel, row, 0, stride);
      System.arraycopy(row, 0, blurred.data(), (n * height + y) * width, width);
    }
  }

  /** {@code out[x] = Σ_k kernel[k]·in[start + x + k·step]} for whole vectors of {@code x}. */
  private static void correlate(
      float[] in, int start, int step, float[] kernel, float[] out, int outAt, int length) {
    for (int x = 0; x < length; x += LANES) {
      FloatVector sum = FloatVector.zero(SPECIES);
      for (int k = 0; k < kernel.length; k++) {
        FloatVector weight = FloatVector.broadcast(SPECIES, kernel[k]);
        sum = weight.fma(FloatVector.fromArray(SPECIES, in, start + x + k * step), sum);
      }
      sum.intoArray(out, outAt + x);
    }
  }
}
