package kintsugi.engine;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import kintsugi.tensor.Tensor;

/**
 * Comparing by matrix products on the kernel of the convolutions: a query is a pixel, a row of the
 * bank an output channel.
 *
 * <p>The nearest row has the largest {@code s = q·b − ‖b‖²/2}, since {@code ‖q−b‖² = ‖q‖² − 2s}. In
 * fp32 {@code s} is off by at most {@code γ = (D+2)·2⁻²⁴·(‖q‖‖b‖ + ‖b‖²)}. Every row within {@code
 * 2γ} of the largest is compared once more directly in fp64, so that the result is the
 * specification's, to the bit and with its ties.
 */
final class VectorRowBank implements RowBank {
  private static final VectorSpecies<Float> SPECIES = ConvolutionKernel.SPECIES;
  private static final int LANES = SPECIES.length();
  private static final int PIXELS = ConvolutionKernel.PIXELS;
  private static final int CHANNELS = ConvolutionKernel.CHANNELS;

  /** Queries that share a pass over the bank; a multiple of both tiles' pixels. */
  private static final int QUERIES = 56;

  /** Rows scored before the scores are looked at: both stay in the second-level cache. */
  private static final int CHUNK = 256;

  private static final double UNIT_ROUNDOFF = 0x1p-24;

  /** Beyond this, sums of products of fp32 numbers may have overflowed on the way. */
  private static final double LARGEST_MARGIN = 1e30;

  private final Tensor bank;
  private final Parallel parallel;
  private final int length;
  private final int padded;
  private final int blocks;
  private final float[] packed;
  private final float[] minusHalfNorms;
  private final float[] zeros;
  private final double largestNorm;

  VectorRowBank(Tensor bank, Parallel parallel) {
    RowBank.requireRows(bank, bank.dim(-1));
    this.bank = bank;
    this.parallel = parallel;
    this.length = bank.dim(1);
    this.padded =
        (length + ConvolutionKernel.STEPS - 1) / ConvolutionKernel.STEPS * ConvolutionKernel.STEPS;
    this.blocks = (rows() + CHANNELS - 1) / CHANNELS;
    this.packed = new float[Math.multiplyExact(blocks * CHANNELS, padded)];
    this.minusHalfNorms = new float[blocks * CHANNELS];
    this.zeros = new float[blocks * CHANNELS];
    double[] norms = new double[rows()];
    parallel.forEach(blocks, block -> pack(block, norms));
    this.largestNorm = Math.sqrt(Arrays.stream(norms).max().orElse(0));
  }

  /** Turns a block of rows so that one lane is one row; rows that are not there never win. */
  private void pack(int block, double[] norms) {
    for (int lane = 0; lane < CHANNELS; lane++) {
      int row = block * CHANNELS + lane;
      if (row >= rows()) {
        minusHalfNorms[row] = Float.NEGATIVE_INFINITY;
        continue;
      }
      for (int k = 0; k < length; k++) {
        float value = bank.data()[row * length + k];
        packed[(block * padded + k) * CHANNELS + lane] = value;
        norms[row] += (double) value * value;
      }
      minusHalfNorms[row] = (float) (-norms[row] / 2);
    }
  }

  @Override
  public int rows() {
    return bank.dim(0);
  }

  @Override
  public Tensor products(Tensor queries) {
    RowBank.requireRows(queries, length);
    int count = queries.dim(0);
    Tensor products = Tensor.zeros(count, rows());
    parallel.forEach(
        (count + QUERIES - 1) / QUERIES,
        round -> {
          Group group = new Group(queries, round * QUERIES);
          for (int first = 0; first < blocks; first += CHUNK / CHANNELS) {
            int end = Math.min(blocks, first + CHUNK / CHANNELS);
            group.score(first, end, zeros);
            group.copyTo(products, first * CHANNELS, Math.min(rows(), end * CHANNELS));
          }
        });
    return products;
  }

  @Override
  public Nearest nearest(Tensor queries) {
    RowBank.requireRows(queries, length);
    int count = queries.dim(0);
    Nearest nearest = Nearest.unknown(count);
    parallel.forEach(
        (count + QUERIES - 1) / QUERIES,
        round -> {
          Group group = new Group(queries, round * QUERIES);
          Candidates[] candidates = group.candidates();
          for (int first = 0; first < blocks; first += CHUNK / CHANNELS) {
            int end = Math.min(blocks, first + CHUNK / CHANNELS);
            group.score(first, end, minusHalfNorms);
            int scored = (end - first) * CHANNELS;
            for (int q = 0; q < group.count; q++) {
              candidates[q].look(group.scores, q * CHUNK, scored, first * CHANNELS);
            }
          }
          for (int q = 0; q < group.count; q++) {
            candidates[q].decide(queries.data(), group.first + q, nearest);
          }
        });
    return nearest;
  }

  /** Queries that go through the bank together. */
  private final class Group {
    final Tensor queries;
    final int first;
    final int count;
    final float[] rows = new float[QUERIES * padded];
    final int[] corners = new int[QUERIES];
    final float[] scores = new float[QUERIES * CHUNK];

    Group(Tensor queries, int first) {
      this.queries = queries;
      this.first = first;
      this.count = Math.min(QUERIES, queries.dim(0) - first);
      Arrays.setAll(corners, q -> q * padded);
      for (int q = 0; q < count; q++) {
        System.arraycopy(queries.data(), (first + q) * length, rows, q * padded, length);
      }
    }

    /** Blocks outside, queries inside: a block of rows stays in the first-level cache. */
    void score(int firstBlock, int endBlock, float[] start) {
      for (int block = firstBlock; block < endBlock; block++) {
        for (int q = 0; q < count; q += PIXELS) {
          ConvolutionKernel.tile(
              rows,
              corners,
              q,
              0,
              1,
              padded,
              packed,
              block * padded * CHANNELS,
              start,
              block * CHANNELS,
              scores,
              q * CHUNK + (block - firstBlock) * CHANNELS,
              CHUNK);
        }
      }
    }

    void copyTo(Tensor products, int firstRow, int endRow) {
      for (int q = 0; q < count; q++) {
        int to = (first + q) * products.dim(1) + firstRow;
        System.arraycopy(scores, q * CHUNK, products.data(), to, endRow - firstRow);
      }
    }

    Candidates[] candidates() {
      Candidates[] all = new Candidates[count];
      Arrays.setAll(all, q -> new Candidates(margin(q)));
      return all;
    }

    /** {@code 2γ}. */
    private double margin(int q) {
      double square = 0;
      for (int k = 0; k < length; k++) {
        square += (double) rows[q * padded + k] * rows[q * padded + k];
      }
      double bound = largestNorm * (Math.sqrt(square) + largestNorm);
      return 2 * (length + 2) * UNIT_ROUNDOFF * bound;
    }
  }

  /** The rows that may be nearest to one query. */
  private final class Candidates {
    private final double margin;
    private float best = Float.NEGATIVE_INFINITY;
    private int[] index = new int[8];
    private float[] score = new float[8];
    private int count;

    Candidates(double margin) {
      this.margin = margin;
    }

    void look(float[] scores, int from, int length, int firstRow) {
      float largest = largest(scores, from, length);
      if (!(largest >= best - margin)) {
        return;
      }
      best = Math.max(best, largest);
      for (int i = 0; i < length; i++) {
        if (scores[from + i] >= best - margin) {
          add(firstRow + i, scores[from + i]);
        }
      }
    }

    private void add(int row, float s) {
      if (count == index.length) {
        index = Arrays.copyOf(index, 2 * count);
        score = Arrays.copyOf(score, 2 * count);
      }
      index[count] = row;
      score[count++] = s;
    }

    void decide(float[] queries, int query, Nearest nearest) {
      double least = Double.POSITIVE_INFINITY;
      // Where numbers are too large or no numbers, fp32 bounds nothing: all rows are compared.
      boolean bounded = Double.isFinite(margin) && Double.isFinite(best) && margin < LARGEST_MARGIN;
      int compared = bounded ? count : rows();
      for (int c = 0; c < compared; c++) {
        if (bounded && score[c] < best - margin) {
          continue;
        }
        int row = bounded ? index[c] : c;
        double distance =
            RowBank.squaredDistance(queries, query * length, bank.data(), row * length, length);
        if (distance < least) {
          least = distance;
          nearest.index()[query] = row;
          nearest.squaredDistance()[query] = distance;
        }
      }
    }
  }

  private static float largest(float[] scores, int from, int length) {
    FloatVector max = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
    for (int i = 0; i < length; i += LANES) {
      max = max.max(FloatVector.fromArray(SPECIES, scores, from + i));
    }
    return max.reduceLanes(VectorOperators.MAX);
  }
}
