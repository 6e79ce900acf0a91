/** Proof that the numbers are right: every kernel and recipe against independent references. */
package kintsugi.audit;
