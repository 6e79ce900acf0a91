/**
 * The contract of a method and everything that all methods share.
 *
 * <p>A {@link kintsugi.detector.Method} has {@link kintsugi.detector.Recipe}s, starts a {@link
 * kintsugi.detector.Fit} and reads fitted {@link kintsugi.detector.AnomalyDetector}s; a {@link
 * kintsugi.detector.Model} is a detector with its {@link kintsugi.detector.Calibration}, and a
 * {@link kintsugi.detector.Prediction} is its result for one image. A {@link
 * kintsugi.detector.Session} is the runtime of all of them.
 */
package kintsugi.detector;
