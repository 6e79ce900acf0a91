/**
 * The engine on a GPU, through TornadoVM, which compiles the plain Java of {@link
 * kintsugi.tornado.Kernels} for the device.
 */
package kintsugi.tornado;
