package kintsugi.spark;

import java.io.Serializable;
import kintsugi.engine.Convolutions;

/**
 * The choices of the driver's command line, by which a worker opens the library.
 *
 * @param id of these settings: a worker opens the library once for each
 * @param engine by name
 * @param convolutions how the vector engine computes them
 * @param threads of a worker process; 0 for as many as it has cores
 * @param maxPixels of the largest image that is read
 * @param skipUnreadable whether images that cannot be read are left out
 * @param weights the backbone's weights
 * @param model the model; null for a fit
 */
record Settings(
    String id,
    String engine,
    Convolutions convolutions,
    int threads,
    long maxPixels,
    boolean skipUnreadable,
    Brought weights,
    Brought model)
    implements Serializable {}
