/** A memory bank of normal patches, thinned by greedy k-center; the nearest of them tells. */
package kintsugi.patchcore;
