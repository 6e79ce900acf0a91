/**
 * How well scores and maps tell anomalous from normal.
 *
 * <p>A score at the threshold counts as anomalous, and equal scores enter a curve together, as
 * scikit-learn has it.
 */
package kintsugi.metric;
