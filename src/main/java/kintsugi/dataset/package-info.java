/**
 * From folders, published layouts and lists to labelled samples, and their split.
 *
 * <p>A seed fixes every draw; no sample is in two subsets, and no group reaches into two.
 */
package kintsugi.dataset;
