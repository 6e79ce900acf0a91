/**
 * Values and their shape.
 *
 * <p>A {@link kintsugi.tensor.Tensor} is an array of fp32 values and its extents, the last one
 * fastest. Images and features are {@code [N, H, W, C]}: the channels of one position are adjacent.
 */
package kintsugi.tensor;
