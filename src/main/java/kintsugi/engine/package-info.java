/**
 * The arithmetic, behind one interface.
 *
 * <p>{@link kintsugi.engine.ScalarEngine} says by plain loops what a result is; {@link
 * kintsugi.engine.VectorEngine} computes the same with the Vector API, to the bit unless it is let
 * use Winograd's convolutions. An engine on a device comes in a jar of its own ({@link
 * kintsugi.engine.EngineProvider}). No result depends on the number of threads or on the batch.
 */
package kintsugi.engine;
