package kintsugi.engine.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import kintsugi.tensor.Tensor;

/**
 * Forward substitution for groups of positions ({@link
 * kintsugi.engine.PreparedGaussians#mahalanobis}), with its scratch memory. Solved values are kept
 * negated, so that every product is one fused multiply-add.
 */
final class Substitution {
  private static final VectorSpecies<Float> SPECIES = MicroKernel.SPECIES;
  private static final int LANES = SPECIES.length();
  private static final int GROUP = PackedGaussians.GROUP;

  /** Images that share one pass over the factors: enough chains to hide the latency of fma. */
  private static final int SHARED = 4;

  private final PackedGaussians gaussians;
  private final int dimension;
  private final float[] patches;
  private final float[] out;
  private final int count;

  /** {@code [SHARED][D][GROUP]}: {@code x − μ}, then {@code −y}. */
  private final float[] y;

  private final float[] norm = new float[SHARED * GROUP];

  Substitution(PackedGaussians gaussians, Tensor patches, Tensor distances) {
    this.gaussians = gaussians;
    this.dimension = gaussians.dimension();
    this.patches = patches.data();
    this.out = distances.data();
    this.count = patches.dim(0);
    this.y = new float[SHARED * dimension * GROUP];
  }

  /** The distances of all images at the positions of one group. */
  void group(int group) {
    int positions = gaussians.positions();
    int first = group * GROUP;
    int lanes = Math.min(GROUP, positions - first);
    for (int n = 0; n < count; n += SHARED) {
      int images = Math.min(SHARED, count - n);
      for (int s = 0; s < images; s++) {
        differences((n + s) * positions + first, first, lanes, s);
      }
      if (images == 1) {
        solveOne(gaussians, group, y, norm);
      } else {
        for (int lane = 0; lane < GROUP; lane += LANES) {
          solve(gaussians, group, lane, y, norm);
        }
      }
      for (int s = 0; s < images; s++) {
        System.arraycopy(norm, s * GROUP, out, (n + s) * positions + first, lanes);
      }
    }
  }

  /** {@code x − μ} of a group, transposed so that one lane is one position. */
  private void differences(int patch, int position, int lanes, int shared) {
    int d = dimension;
    float[] mean = gaussians.means();
    int to = shared * d * GROUP;
    for (int lane = 0; lane < lanes; lane++) {
      int x = (patch + lane) * d;
      int mu = (position + lane) * d;
      for (int i = 0; i < d; i++) {
        y[to + i * GROUP + lane] = patches[x + i] - mean[mu + i];
      }
    }
  }

  /**
   * One vector of positions and {@value #SHARED} images; images beyond the batch are computed and
   * ignored.
   */
  private static void solve(PackedGaussians g, int group, int lane, float[] y, float[] norm) {
    int d = g.dimension();
    float[] factor = g.group(group);
    int stride = d * GROUP;
    int l = lane;
    FloatVector norm0 = FloatVector.zero(SPECIES);
    FloatVector norm1 = norm0;
    FloatVector norm2 = norm0;
    FloatVector norm3 = norm0;
    for (int i = 0; i < d; i++) {
      int row = i * GROUP + lane;
      FloatVector rest0 = FloatVector.fromArray(SPECIES, y, row);
      FloatVector rest1 = FloatVector.fromArray(SPECIES, y, row + stride);
      FloatVector rest2 = FloatVector.fromArray(SPECIES, y, row + 2 * stride);
      FloatVector rest3 = FloatVector.fromArray(SPECIES, y, row + 3 * stride);
      for (int j = 0; j < i; j++) {
        FloatVector lij = FloatVector.fromArray(SPECIES, factor, l + j * GROUP);
        int solved = j * GROUP + lane;
        rest0 = lij.fma(FloatVector.fromArray(SPECIES, y, solved), rest0);
        rest1 = lij.fma(FloatVector.fromArray(SPECIES, y, solved + stride), rest1);
        rest2 = lij.fma(FloatVector.fromArray(SPECIES, y, solved + 2 * stride), rest2);
        rest3 = lij.fma(FloatVector.fromArray(SPECIES, y, solved + 3 * stride), rest3);
      }
      l += i * GROUP;
      FloatVector lii = FloatVector.fromArray(SPECIES, factor, l);
      l += GROUP;
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
    norm1.sqrt().intoArray(norm, GROUP + lane);
    norm2.sqrt().intoArray(norm, 2 * GROUP + lane);
    norm3.sqrt().intoArray(norm, 3 * GROUP + lane);
  }

  /**
   * One image and the whole group. The limit is the memory that the factors come from, so each pass
   * reads whole cache lines where two vectors fill one.
   */
  private static void solveOne(PackedGaussians g, int group, float[] y, float[] norm) {
    int step = Math.min(2 * LANES, GROUP);
    for (int lane = 0; lane < GROUP; lane += step) {
      solvePair(g, group, lane, lane + step - LANES, y, norm);
    }
  }

  /** Two vectors of positions, or one and the same twice where a vector holds the whole group. */
  private static void solvePair(
      PackedGaussians g, int group, int lane, int other, float[] y, float[] norm) {
    int d = g.dimension();
    // Read here and not passed: with the array as a parameter C2's loop takes a third longer.
    float[] factor = g.group(group);
    int l = 0;
    FloatVector norm0 = FloatVector.zero(SPECIES);
    FloatVector norm1 = norm0;
    for (int i = 0; i < d; i++) {
      int row = i * GROUP;
      FloatVector rest0 = FloatVector.fromArray(SPECIES, y, row + lane);
      FloatVector rest1 = FloatVector.fromArray(SPECIES, y, row + other);
      for (int j = 0; j < i; j++) {
        int at = j * GROUP;
        FloatVector lij0 = FloatVector.fromArray(SPECIES, factor, l + at + lane);
        FloatVector lij1 = FloatVector.fromArray(SPECIES, factor, l + at + other);
        rest0 = lij0.fma(FloatVector.fromArray(SPECIES, y, at + lane), rest0);
        rest1 = lij1.fma(FloatVector.fromArray(SPECIES, y, at + other), rest1);
      }
      l += i * GROUP;
      rest0 = rest0.div(FloatVector.fromArray(SPECIES, factor, l + lane));
      rest1 = rest1.div(FloatVector.fromArray(SPECIES, factor, l + other));
      l += GROUP;
      rest0.neg().intoArray(y, row + lane);
      rest1.neg().intoArray(y, row + other);
      norm0 = rest0.fma(rest0, norm0);
      norm1 = rest1.fma(rest1, norm1);
    }
    norm0.sqrt().intoArray(norm, lane);
    norm1.sqrt().intoArray(norm, other);
  }
}
