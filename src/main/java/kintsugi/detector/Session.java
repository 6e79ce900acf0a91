package kintsugi.detector;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import kintsugi.backbone.ResNet;
import kintsugi.engine.Engine;
import kintsugi.engine.Network;
import kintsugi.engine.Parallel;
import kintsugi.image.Decoding;
import kintsugi.image.ImageSource;
import kintsugi.image.TileGrid;
import kintsugi.weights.Weights;

/**
 * The runtime of all work: the engine, its threads, the backbone's weights, and how failures and
 * progress are handled. May be used from several threads at once; batches then follow one another
 * on the engine, which uses all of its threads for each.
 */
public final class Session {
  /** The side of an image that every layer accepts. */
  private static final int SIDE = 64;

  private final Engine engine;
  private final Parallel parallel;
  private final Weights weights;
  private final Options options;
  private final Scope scope;
  private final List<ImageSource> skipped = Collections.synchronizedList(new ArrayList<>());
  private final Set<String> noticed = ConcurrentHashMap.newKeySet();
  private final Map<List<String>, Engine.Runner> backbones = new ConcurrentHashMap<>();

  /** Networks that are not yet prepared; a model asks for their shapes first. */
  private final Map<List<String>, Network> networks = new ConcurrentHashMap<>();

  private final Map<List<String>, Map<String, Integer>> channels = new ConcurrentHashMap<>();
  private final Map<Shaped, Map<String, int[]>> shapes = new ConcurrentHashMap<>();
  private final ReentrantLock engineLock = new ReentrantLock();

  /** The layers and the input size by which shapes are kept. */
  private record Shaped(List<String> taps, InputSize size) {}

  /**
   * The handling of failures, memory and progress.
   *
   * @param progress where progress is shown
   * @param skipUnreadable whether an image that cannot be read is left out instead of ending the
   *     work
   * @param memory bytes that a fit's patches may take; more of them go to a file
   * @param maxPixels pixels of the largest image that is read
   * @param interrupted whether work that can be cut short should end with what it has
   * @param notices receives what a person should know of the work, a line each
   */
  public record Options(
      Progress progress,
      boolean skipUnreadable,
      long memory,
      long maxPixels,
      BooleanSupplier interrupted,
      Consumer<String> notices) {
    /**
     * Checks the limit.
     *
     * @throws IllegalArgumentException if {@code memory} is negative
     */
    public Options {
      Recipe.require(memory >= 0, "memory: 0 bytes or more, not " + memory);
    }

    /** No progress; an unreadable image ends the work; notices are dropped. */
    public static final Options STRICT =
        new Options(
            Progress.SILENT,
            false,
            Long.MAX_VALUE,
            Decoding.DEFAULT_MAX_PIXELS,
            () -> false,
            line -> {});
  }

  /**
   * A session.
   *
   * @param engine the arithmetic
   * @param parallel the threads, which {@code engine} uses too
   * @param weights the backbone's weights
   * @param options the handling of failures, memory and progress
   */
  public Session(Engine engine, Parallel parallel, Weights weights, Options options) {
    this(engine, parallel, weights, options, Scope.ALL);
  }

  /**
   * A session that looks at parts of images.
   *
   * @param engine the arithmetic
   * @param parallel the threads, which {@code engine} uses too
   * @param weights the backbone's weights
   * @param options the handling of failures, memory and progress
   * @param scope the part of an image that is learnt from and scored
   */
  public Session(Engine engine, Parallel parallel, Weights weights, Options options, Scope scope) {
    this.scope = scope;
    this.engine = engine;
    this.parallel = parallel;
    this.weights = weights;
    this.options = options;
  }

  /**
   * {@return a session with {@link Options#STRICT}}
   *
   * @param engine the arithmetic
   * @param parallel the threads
   * @param weights the weights
   */
  public static Session strict(Engine engine, Parallel parallel, Weights weights) {
    return new Session(engine, parallel, weights, Options.STRICT);
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

  /** {@return the handling of failures, memory and progress} */
  public Options options() {
    return options;
  }

  /** {@return the part of an image that fits look at, and the regions of single images} */
  public Scope scope() {
    return scope;
  }

  /** {@return the images left out so far because they could not be read} */
  public List<ImageSource> skipped() {
    return List.copyOf(skipped);
  }

  /**
   * Passes on what a person should know of the work; the same line only once.
   *
   * @param line the notice, without a full stop
   */
  public void notice(String line) {
    if (noticed.add(line)) {
      options.notices().accept(line);
    }
  }

  /**
   * Passes on what makes a result worse than it looks; the same line only once.
   *
   * @param line the warning with the way out, without a full stop
   */
  public void warn(String line) {
    notice("warning: " + line);
  }

  /**
   * Notes an image that was left out because it could not be read.
   *
   * @param image the image
   */
  public void skip(ImageSource image) {
    skipped.add(image);
  }

  /**
   * {@return the backbone up to some feature layers; its weights are packed once, and it is to be
   * run by one thread at a time}
   *
   * @param taps the layers by torchvision's names
   */
  public Engine.Runner backbone(List<String> taps) {
    Engine.Runner runner =
        backbones.computeIfAbsent(taps, wanted -> engine.prepare(network(wanted)));
    networks.remove(taps);
    return runner;
  }

  private Network network(List<String> taps) {
    return networks.computeIfAbsent(taps, wanted -> ResNet.network(weights, wanted));
  }

  /**
   * {@return the result of work, which runs while no other work is on the engine}
   *
   * @param work uses the engine, or a backbone that it prepared
   * @param <T> the result
   */
  public <T> T exclusively(Supplier<T> work) {
    engineLock.lock();
    try {
      return work.get();
    } finally {
      engineLock.unlock();
    }
  }

  /**
   * {@return how many channels each of the layers has, in their order}
   *
   * @param taps the layers by torchvision's names
   */
  public Map<String, Integer> channels(List<String> taps) {
    return channels.computeIfAbsent(taps, this::counted);
  }

  /**
   * {@return the shape {@code [h, w, C]} of each of the layers}
   *
   * @param taps the layers by torchvision's names
   * @param size of the network's input
   * @throws kintsugi.InputException if the weights have no such layer
   * @throws IllegalArgumentException if the input is too small for a layer
   */
  public Map<String, int[]> shapes(List<String> taps, InputSize size) {
    return shapes.computeIfAbsent(
        new Shaped(taps, size), key -> network(taps).shapes(size.height(), size.width(), 3));
  }

  /**
   * {@return the patches of an image}
   *
   * @param recipe whose finest feature layer has a position per patch
   * @param size that the image got
   * @throws kintsugi.InputException if the weights have no such layer
   * @throws IllegalArgumentException if the size, or that of a tile, is too small
   */
  public PatchGrid patches(Recipe recipe, InputSize size) {
    TileGrid tiles = recipe.tiles(size);
    InputSize tile = new InputSize(tiles.tileWidth(), tiles.tileHeight());
    int[] finest = shapes(recipe.taps(), tile).get(recipe.taps().getFirst());
    return new PatchGrid(tiles.count(), finest[0], finest[1]);
  }

  private Map<String, Integer> counted(List<String> taps) {
    Map<String, int[]> shapes = shapes(taps, new InputSize(SIDE, SIDE));
    Map<String, Integer> counts = new LinkedHashMap<>();
    taps.forEach(tap -> counts.put(tap, shapes.get(tap)[2]));
    return Collections.unmodifiableMap(counts);
  }
}
