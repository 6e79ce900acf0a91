/**
 * A memory bank of patches and its nearest neighbours.
 *
 * <p>Roth, Pemula, Zepeda, Schölkopf, Brox, Gehler, <i>Towards Total Recall in Industrial Anomaly
 * Detection</i>, 2021, sections 3.2 and 3.3: greedy k-center coreset, distances, re-weighting.
 */
package kintsugi.patchcore;
