/**
 * The public face: fit, score, calibrate, evaluate, explain, trace, save and load.
 *
 * <p>A {@link kintsugi.detector.Recipe} names the choices, a {@link kintsugi.detector.Fit} learns,
 * an {@link kintsugi.detector.AnomalyDetector} scores, a {@link kintsugi.detector.Model} is what a
 * file holds; a {@link kintsugi.detector.Session} is what all of them run with.
 */
package kintsugi.detector;
