/**
 * Experiments on images whose truth is known, and the trace of a single image.
 *
 * <p>An {@link kintsugi.experiment.Experiment} fits, calibrates and tests; its {@link
 * kintsugi.experiment.Evaluation} has the figures. A {@link kintsugi.experiment.Trace} shows every
 * step of one image's score.
 */
package kintsugi.experiment;
