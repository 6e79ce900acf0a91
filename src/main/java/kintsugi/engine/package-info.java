/**
 * The contract between the methods and the arithmetic.
 *
 * <p>An {@link kintsugi.engine.Engine} runs {@linkplain kintsugi.engine.Network networks},
 * {@linkplain kintsugi.engine.PreparedGaussians Mahalanobis distances}, {@linkplain
 * kintsugi.engine.NeighborIndex nearest-neighbour search} and the two operations of a score map.
 * The operands are plain here; every engine lays them out for itself. Engines are found by {@link
 * java.util.ServiceLoader} as {@link kintsugi.engine.EngineProvider}s and chosen by {@link
 * kintsugi.engine.Engines}: {@code scalar}, the specification; {@code vector}, the Vector API with
 * the same bits, except where Winograd's convolutions are chosen; and engines on a device in jars
 * of their own. No result depends on the number of threads or on the batch.
 */
package kintsugi.engine;
