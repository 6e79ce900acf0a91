package kintsugi.engine;

import java.util.function.IntFunction;

/**
 * The change of Gaussians by samples that join those of a fit: at each position another mean, and
 *
 * <pre>{@code Σ' = a·Σ + Σ_k v(k)·v(k)ᵀ + c·I}</pre>
 *
 * @param mean {@code [H, W, D]}; not copied
 * @param scale {@code a} of each position, 0 or above
 * @param ridge {@code c} of each position
 * @param vectors of a position, {@code [k, D]} row by row; asked for once each, on several threads
 */
public record CovarianceUpdate(
    float[] mean, double[] scale, double[] ridge, IntFunction<double[]> vectors) {}
