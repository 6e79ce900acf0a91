/** From a checkpoint file to named tensors, and where weights are looked for. */
package kintsugi.weights;
