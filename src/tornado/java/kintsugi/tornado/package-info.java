/**
 * The engine on a GPU, through TornadoVM, which compiles plain Java for the device.
 *
 * <p>The kernels are in {@link kintsugi.tornado.NetworkKernels} and {@link
 * kintsugi.tornado.DistanceKernels}: every round of a {@code @Parallel} loop is a thread on the
 * device, and an iteration of a loop on the JVM. The formulas are the specification's (the engine
 * {@code scalar}), the additions in its order; {@code a * b + c} is one rounding on a device
 * (TornadoVM makes an fma of it) and two on the JVM.
 *
 * <p>Three habits. The outer of two parallel loops is the one whose neighbours a GPU runs together,
 * so it runs over adjacent memory. A thread computes 4x4 results, since it then reads 8 values for
 * 16 products and not 32. And arguments that are not arrays become constants when TornadoVM
 * compiles a kernel, so a value that differs from call to call is in {@code live}: how much of the
 * arrays, which are as large as the largest batch, is in use.
 */
package kintsugi.tornado;
