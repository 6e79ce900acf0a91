package kintsugi.detector;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import kintsugi.engine.Engine;
import kintsugi.engine.Parallel;
import kintsugi.weights.Weights;

/**
 * What every piece of work runs with.
 *
 * @param engine the arithmetic
 * @param parallel the threads, which {@code engine} uses too
 * @param weights the backbone's weights
 * @param progress who is told how far it has come
 * @param skipUnreadable whether a picture that cannot be read is left out instead of ending the
 *     work
 * @param skipped receives the pictures left out
 */
public record Session(
    Engine engine,
    Parallel parallel,
    Weights weights,
    Progress progress,
    boolean skipUnreadable,
    List<Path> skipped) {

  /** A session that ends at the first unreadable picture and tells nobody of its progress. */
  public static Session strict(Engine engine, Parallel parallel, Weights weights) {
    return new Session(engine, parallel, weights, Progress.SILENT, false, new ArrayList<>());
  }
}
