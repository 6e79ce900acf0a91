/** The public face: fit, score, calibrate, save and load. */
package kintsugi.detector;
