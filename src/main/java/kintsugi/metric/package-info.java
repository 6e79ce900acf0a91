/**
 * Metrics of scores and score maps: how well they separate anomalous from normal.
 *
 * <p>A score equal to the threshold is predicted anomalous, and equal scores enter a curve
 * together, as in scikit-learn.
 */
package kintsugi.metric;
