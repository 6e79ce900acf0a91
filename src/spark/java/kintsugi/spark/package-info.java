/**
 * The commands on a cluster, on Apache Spark: fitting, calibrating and scoring images that one
 * machine does not hold. The driver holds no images; the results are those of the commands on one
 * machine.
 */
package kintsugi.spark;
