package kintsugi.detector;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import kintsugi.backbone.ResNet;
import kintsugi.engine.Engine;
import kintsugi.engine.Parallel;
import kintsugi.weights.Weights;

/** What every piece of work runs with; used by one thread at a time. */
public final class Session {
  /** The side of a picture that every layer can see. */
  private static final int SIDE = 64;

  private final Engine engine;
  private final Parallel parallel;
  private final Weights weights;
  private final Progress progress;
  private final boolean skipUnreadable;
  private final long memory;
  private final BooleanSupplier interrupted;
  private final List<Path> skipped = new ArrayList<>();
  private final Map<List<String>, Engine.Runner> backbones = new HashMap<>();

  /**
   * Puts together what work runs with.
   *
   * @param engine the arithmetic
   * @param parallel the threads, which {@code engine} uses too
   * @param weights the backbone's weights
   * @param progress who is told how far it has come
   * @param skipUnreadable whether a picture that cannot be read is left out instead of ending the
   *     work
   * @param memory bytes that a fit's patches may take; more of them go to a file
   * @param interrupted whether work that can be cut short should end with what it has
   */
  public Session(
      Engine engine,
      Parallel parallel,
      Weights weights,
      Progress progress,
      boolean skipUnreadable,
      long memory,
      BooleanSupplier interrupted) {
    this.engine = engine;
    this.parallel = parallel;
    this.weights = weights;
    this.progress = progress;
    this.skipUnreadable = skipUnreadable;
    this.memory = memory;
    this.interrupted = interrupted;
  }

  /**
   * {@return a session that ends at the first unreadable picture and tells nobody of its progress}
   *
   * @param engine the arithmetic
   * @param parallel the threads
   * @param weights the weights
   */
  public static Session strict(Engine engine, Parallel parallel, Weights weights) {
    return new Session(
        engine, parallel, weights, Progress.SILENT, false, Long.MAX_VALUE, () -> false);
  }

  /** {@return the arithmetic} */
  public Engine engine() {
    return engine;
  }

  /** {@return the threads} */
  public Parallel parallel() {
    return parallel;
  }

  /** {@return the backbone's weights} */
  public Weights weights() {
    return weights;
  }

  /** {@return who is told how far the work has come} */
  public Progress progress() {
    return progress;
  }

  /** {@return whether a picture that cannot be read is left out} */
  public boolean skipUnreadable() {
    return skipUnreadable;
  }

  /** {@return bytes that a fit's patches may take in memory} */
  public long memory() {
    return memory;
  }

  /** {@return whether work that can be cut short should end with what it has} */
  public boolean interrupted() {
    return interrupted.getAsBoolean();
  }

  /** {@return the pictures left out so far} */
  public List<Path> skipped() {
    return skipped;
  }

  /** The backbone laid out for these taps; its weights are packed once. */
  Engine.Runner backbone(List<String> taps) {
    return backbones.computeIfAbsent(
        taps, wanted -> engine.prepare(ResNet.network(weights, wanted)));
  }

  /** How many channels each of the taps has, in their order. */
  Map<String, Integer> channels(List<String> taps) {
    Map<String, int[]> shapes = ResNet.network(weights, taps).shapes(SIDE, SIDE, 3);
    Map<String, Integer> channels = new LinkedHashMap<>();
    taps.forEach(tap -> channels.put(tap, shapes.get(tap)[2]));
    return channels;
  }
}
