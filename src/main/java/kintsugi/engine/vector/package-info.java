/**
 * The engine on the Vector API: the specification's additions in the specification's order, in
 * vectors.
 *
 * <p>{@link kintsugi.engine.vector.MicroKernel} is the matrix product in registers on which direct
 * convolutions, Winograd's and the nearest-neighbour search run. Every layout that is not plain is
 * made in this package: padded activations of a {@link kintsugi.engine.vector.BufferPlan}, packed
 * filters, {@link kintsugi.engine.vector.PackedGaussians}, {@link
 * kintsugi.engine.vector.PackedRows}.
 */
package kintsugi.engine.vector;
