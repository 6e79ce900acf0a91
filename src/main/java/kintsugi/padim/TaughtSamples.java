package kintsugi.padim;

import java.util.List;
import java.util.stream.IntStream;
import kintsugi.detector.TaughtImage;
import kintsugi.engine.CovarianceUpdate;
import kintsugi.engine.Parallel;
import kintsugi.engine.PreparedGaussians;

/**
 * The samples that taught images add to each position's Gaussian: their patches there, or in the
 * window around it. With {@code n} samples of the fit and {@code t} of the images, whose mean is
 * {@code m}, and {@code N = n + t}, {@code δ = m − μ} (Chan, Golub, LeVeque, 1979):
 *
 * <pre>{@code
 * μ' = μ + t/N · δ
 * S' = S + Σ (x − m)(x − m)ᵀ + n·t/N · δ·δᵀ
 * Σ' = S'/(N−1) + ε·I = a·Σ + [S' − S]/(N−1) + ε·(1 − a)·I      a = (n−1)/(N−1)
 * }</pre>
 *
 * <p>The last term is what a rank-one update of the factor of {@code Σ} leaves out: {@code a·Σ} has
 * {@code a·ε} on the diagonal, where a refit has all of {@code ε}.
 */
final class TaughtSamples {
  private static final double[] NONE = {};

  private final PreparedGaussians fitted;
  private final PositionCounts counts;
  private final List<TaughtImage> taughtImages;
  private final Windows windows;
  private final int d;

  /**
   * Samples of images.
   *
   * @param fitted the Gaussians of the fit
   * @param counts their samples
   * @param taughtImages the images
   * @param windows the positions whose patches a position's Gaussian takes in
   */
  TaughtSamples(
      PreparedGaussians fitted,
      PositionCounts counts,
      List<TaughtImage> taughtImages,
      Windows windows) {
    this.fitted = fitted;
    this.counts = counts;
    this.taughtImages = taughtImages;
    this.windows = windows;
    this.d = fitted.dimension();
  }

  /** {@return how many samples each position has, those of the fit included} */
  PositionCounts counts() {
    PositionCounts all = counts.copy();
    for (int position = 0; position < fitted.positions(); position++) {
      all.add(position, samples(position).length);
    }
    return all;
  }

  /**
   * The update of the fit's Gaussians.
   *
   * @param epsilon the value added to the diagonal
   */
  CovarianceUpdate update(double epsilon, Parallel parallel) {
    int positions = fitted.positions();
    float[] means = new float[positions * d];
    double[] scale = new double[positions];
    double[] ridge = new double[positions];
    parallel.forEach(
        positions,
        position -> {
          int[] samples = samples(position);
          long n = counts.at(position);
          long all = n + samples.length;
          double[] m = mean(samples);
          float[] mu = fitted.mean(position);
          for (int i = 0; i < d; i++) {
            means[position * d + i] =
                samples.length == 0
                    ? mu[i]
                    : (float) (mu[i] + (m[i] - mu[i]) * samples.length / all);
          }
          // A position that fewer than two images show keeps the unit matrix, and is not scored.
          scale[position] = all < 2 ? 1 : (double) Math.max(n - 1, 0) / (all - 1);
          ridge[position] = epsilon * (1 - scale[position]);
        });
    return new CovarianceUpdate(means, scale, ridge, this::vectors);
  }

  /** The roots of {@code [S' − S]/(N−1)}: vectors whose squares add up to it. */
  private double[] vectors(int position) {
    int[] samples = samples(position);
    int t = samples.length;
    long n = counts.at(position);
    if (t == 0 || n + t < 2) {
      return NONE;
    }
    double[] m = mean(samples);
    float[] mu = fitted.mean(position);
    // One sample is its own mean.
    int deviations = t == 1 ? 0 : t;
    double[] vectors = new double[(deviations + 1) * d];
    double root = Math.sqrt(n + t - 1);
    for (int s = 0; s < deviations; s++) {
      float[] patches = patches(samples[s]);
      int from = row(samples[s]) * d;
      for (int i = 0; i < d; i++) {
        vectors[s * d + i] = (patches[from + i] - m[i]) / root;
      }
    }
    double weight = Math.sqrt((double) n * t / (n + t)) / root;
    for (int i = 0; i < d; i++) {
      vectors[deviations * d + i] = weight * (m[i] - mu[i]);
    }
    return vectors;
  }

  private double[] mean(int[] samples) {
    double[] mean = new double[d];
    for (int sample : samples) {
      float[] patches = patches(sample);
      int from = row(sample) * d;
      for (int i = 0; i < d; i++) {
        mean[i] += patches[from + i];
      }
    }
    for (int i = 0; i < d; i++) {
      mean[i] /= samples.length;
    }
    return mean;
  }

  /** The samples of a position, each as {@code image · positions + position of its patch}. */
  private int[] samples(int position) {
    int[] window = windows.around(position);
    return IntStream.range(0, taughtImages.size() * window.length)
        .filter(i -> taughtImages.get(i / window.length).kept().has(window[i % window.length]))
        .map(i -> i / window.length * fitted.positions() + window[i % window.length])
        .toArray();
  }

  private float[] patches(int sample) {
    return taughtImages.get(sample / fitted.positions()).kept().patches().data();
  }

  private int row(int sample) {
    return sample % fitted.positions();
  }
}
