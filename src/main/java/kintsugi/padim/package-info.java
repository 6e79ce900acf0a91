/**
 * A Gaussian for every patch position.
 *
 * <p>Defard, Setkov, Loesch, Audigier, <i>PaDiM: a Patch Distribution Modeling Framework for
 * Anomaly Detection and Localization</i>, 2020, section III-B: mean and covariance, updated picture
 * by picture in fp64.
 */
package kintsugi.padim;
