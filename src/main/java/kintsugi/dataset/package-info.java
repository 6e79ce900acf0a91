/**
 * From folders, published layouts and lists to labelled samples, and their split.
 *
 * <p>A seed fixes every draw; no sample is on two sides, and no two of one group are.
 */
package kintsugi.dataset;
