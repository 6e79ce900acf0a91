/**
 * A third method, as small as one can be: the distance of each patch to the mean of all patches of
 * normal images.
 */
package kintsugi.examples.meanpatch;
