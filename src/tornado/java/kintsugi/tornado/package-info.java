/**
 * The engine on a GPU, through TornadoVM, which compiles plain Java for the device.
 *
 * <p>What runs there is in {@link kintsugi.tornado.NetworkKernels} and {@link
 * kintsugi.tornado.DistanceKernels}: every round of a {@code @Parallel} loop is a thread on the
 * device, and a round of a loop on the JVM. The formulas are those of {@link
 * kintsugi.engine.ScalarEngine}, the additions in its order; {@code a * b + c} is one rounding on a
 * device (TornadoVM makes an fma of it) and two on the JVM.
 *
 * <p>Three habits. The outer of two parallel loops is the one whose neighbours a GPU runs together,
 * so it goes over what lies side by side in memory. A thread computes 4x4 results, since it then
 * reads 8 numbers for 16 products and not 32. And numbers that are not arrays become constants when
 * TornadoVM compiles a kernel, so whatever differs from call to call is in {@code live}: how much
 * of the arrays, which are as large as the largest batch, is in use.
 */
package kintsugi.tornado;
