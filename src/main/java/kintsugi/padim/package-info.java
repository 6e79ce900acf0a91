/** A Gaussian per patch position; its parameters from normal pictures alone. */
package kintsugi.padim;
