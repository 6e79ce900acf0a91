package kintsugi.detector;

/**
 * The metadata that every file of a fit has.
 *
 * @param recipe the choices
 * @param inputSize the size that every image got
 * @param seed of the fit
 * @param weights the fingerprint of the backbone's weights
 */
public record FitHeader(Recipe recipe, InputSize inputSize, long seed, String weights) {}
