/**
 * Numbers and their shape.
 *
 * <p>A {@link kintsugi.tensor.Tensor} is an array of fp32 numbers and its extents, last one
 * fastest. Pictures and features are {@code [N, H, W, C]}: the numbers of one place lie side by
 * side.
 */
package kintsugi.tensor;
