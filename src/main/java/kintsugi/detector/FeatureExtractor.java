package kintsugi.detector;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import kintsugi.InputException;
import kintsugi.engine.Engine;
import kintsugi.image.Decoded;
import kintsugi.image.Decoding;
import kintsugi.image.ImageSource;
import kintsugi.image.Input;
import kintsugi.image.Pixels;
import kintsugi.image.Placement;
import kintsugi.image.Preprocessing;
import kintsugi.image.Region;
import kintsugi.image.Restored;
import kintsugi.image.TargetSize;
import kintsugi.image.TileGrid;
import kintsugi.tensor.Tensor;

/** The way from images to the backbone's features, a batch at a time. */
final class FeatureExtractor {
  /**
   * Images, or tiles, of a batch: enough to share a pass over the model, few enough to stay small.
   */
  static final int BATCH = 16;

  /** Pixels of a batch's tiles: the batch is smaller where tiles are large. */
  private static final int TILED_PIXELS = BATCH * 256 * 256;

  /** Bytes of the images of a batch from which on further ones come with the next batch. */
  private static final long MOST_HELD = Runtime.getRuntime().maxMemory() / 4;

  private final Session session;
  private final Recipe recipe;
  private final Preprocessing preprocessing;
  private final Decoding decoding;
  private final Engine.Runner backbone;
  private final ImageNotes notes;
  private final FittedScope scope;
  private final BitSet learnt;
  private Optional<InputSize> inputSize;
  private Consumer<InputSize> beforeFirst = size -> {};

  /**
   * An image, and the part of it that the network sees.
   *
   * @param region what of the input is looked at; empty if it is all
   * @param placement from which the image was moved before
   */
  record Prepared(
      ImageSource source,
      Decoded decoded,
      Input input,
      Optional<Region> region,
      Placement placement) {
    Pixels image() {
      return decoded.pixels();
    }
  }

  /**
   * An extractor of the recipe's feature layers.
   *
   * @param notes receives what is to be said of the image files
   * @param inputSize the size that every image has to get; empty lets the first image decide
   * @param scope what of each image is looked at
   * @param learnt the patches that a model knows; null for all
   */
  FeatureExtractor(
      Session session,
      Recipe recipe,
      ImageNotes notes,
      Optional<InputSize> inputSize,
      FittedScope scope,
      BitSet learnt) {
    this.session = session;
    this.scope = scope;
    this.learnt = learnt;
    this.recipe = recipe;
    this.preprocessing = recipe.preprocessing();
    this.decoding = preprocessing.decoding().withMaxPixels(session.options().maxPixels());
    this.backbone = session.backbone(recipe.taps());
    this.notes = notes;
    this.inputSize = inputSize;
  }

  /** How many tiles, or images that are not cut, enter the backbone at once. */
  static int together(Recipe recipe, InputSize size) {
    TileGrid tiles = recipe.tiles(size);
    return recipe.preprocessing().tiling().isCut()
        ? Math.clamp(TILED_PIXELS / (tiles.tileWidth() * tiles.tileHeight()), 1, BATCH)
        : BATCH;
  }

  /** How many images make a batch; one if its tiles come in several parts. */
  static int images(Recipe recipe, InputSize size) {
    return Math.max(1, together(recipe, size) / recipe.tiles(size).count());
  }

  /** Runs something before the first batch enters the backbone, when its size is known. */
  void beforeFirst(Consumer<InputSize> check) {
    beforeFirst = check;
  }

  /** The size that every image has got, empty before the first. */
  Optional<InputSize> inputSize() {
    return inputSize;
  }

  /**
   * The features of many images in their order, computed as they are asked for.
   *
   * @param count of the images, for a display
   * @param end runs after the last image
   * @throws InputException, from the iterator, at the first image that cannot be read, unless the
   *     session leaves those out, or that gets another size than the ones before
   */
  Iterator<FeatureBatch> batches(
      Iterator<? extends ImageSource> images, ImageCount count, Runnable end) {
    return new Iterator<>() {
      private final List<ImageSource> wanted = new ArrayList<>();
      private FeatureBatch next;

      @Override
      public boolean hasNext() {
        if (next == null) {
          count.end();
        }
        while (next == null && (images.hasNext() || !wanted.isEmpty())) {
          while (wanted.size() < imagesOfABatch() && images.hasNext()) {
            wanted.add(images.next());
          }
          int before = wanted.size();
          List<Prepared> read = read(wanted);
          next = read.isEmpty() ? null : extract(read, count::features);
          count.begin(before - wanted.size(), tiles());
        }
        if (next == null) {
          count.end();
          end.run();
        }
        return next != null;
      }

      @Override
      public FeatureBatch next() {
        if (!hasNext()) {
          throw new NoSuchElementException();
        }
        FeatureBatch batch = next;
        next = null;
        return batch;
      }
    };
  }

  /** Of an image; none is known before the first one was read. */
  private int tiles() {
    return inputSize.map(size -> recipe.tiles(size).count()).orElse(1);
  }

  /** Before the first one its size is unknown, and so is how many tiles it has. */
  private int imagesOfABatch() {
    return inputSize
        .map(size -> images(recipe, size))
        .orElse(preprocessing.tiling().isCut() ? 1 : BATCH);
  }

  /**
   * Reads images on all threads and removes them from the list; those that cannot be read are left
   * out where that is allowed. Images that the memory does not hold together stay in the list.
   */
  private List<Prepared> read(List<ImageSource> wanted) {
    Prepared[] all = new Prepared[wanted.size()];
    boolean[] later = new boolean[all.length];
    AtomicLong held = new AtomicLong();
    session
        .parallel()
        .forEach(
            all.length,
            i -> {
              later[i] = i > 0 && held.get() > MOST_HELD;
              try {
                all[i] = later[i] ? null : readOrSkip(wanted.get(i), false).orElse(null);
              } catch (OutOfMemoryError e) {
                later[i] = true;
              }
              held.addAndGet(all[i] == null ? 0 : all[i].decoded().pixels().rgb().length);
            });
    int end = 0;
    while (end < all.length && !later[end]) {
      end++;
    }
    if (end == 0) {
      Arrays.fill(all, null);
      all[0] = readOrSkip(wanted.getFirst(), true).orElse(null);
      end = 1;
    }
    for (int i = 0; i < end; i++) {
      if (all[i] == null) {
        session.skip(wanted.get(i));
      } else {
        notes.add(wanted.get(i), all[i].decoded());
      }
    }
    wanted.subList(0, end).clear();
    return Arrays.stream(all, 0, end).filter(Objects::nonNull).toList();
  }

  /**
   * Reads an image, or leaves it out.
   *
   * @param alone whether no other image takes memory at the same time
   * @throws OutOfMemoryError if there is too little memory next to the other images
   */
  private Optional<Prepared> readOrSkip(ImageSource source, boolean alone) {
    Decoded decoded;
    try {
      decoded = source.decode(decoding);
    } catch (InputException e) {
      if (!alone && e.getCause() instanceof OutOfMemoryError memory) {
        throw memory;
      }
      if (session.options().skipUnreadable()) {
        return Optional.empty();
      }
      throw e;
    }
    return Optional.of(prepare(source, decoded));
  }

  /**
   * Reads an image and brings it to the network's input size.
   *
   * @throws InputException if it cannot be read, is smaller than the crop or a tile, or becomes too
   *     small for the network
   */
  Prepared prepare(ImageSource source) {
    Prepared prepared = prepare(source, source.decode(decoding));
    notes.add(source, prepared.decoded());
    return prepared;
  }

  private Prepared prepare(ImageSource source, Decoded decoded) {
    Pixels image = decoded.pixels();
    Placement placement = scope.placement(source, image);
    Input input = cropped(source, placement.isExact() ? image : placement.undo(image));
    InputSize size = new InputSize(input.width(), input.height());
    if (Math.min(input.width(), input.height()) < TargetSize.MINIMUM) {
      throw tooSmall(source, size.toString(), null);
    }
    try {
      recipe.tiles(size);
    } catch (IllegalArgumentException e) {
      throw new InputException(source.name() + ": " + e.getMessage(), e);
    }
    Optional<Region> region =
        scope.region(
            source,
            session.scope().own().apply(source),
            image,
            placement,
            input.pixels(),
            preprocessing);
    return new Prepared(source, decoded, input, region, placement);
  }

  /** The part of an image that is looked at, without the network. */
  Look look(ImageSource source) {
    Optional<Pixels> image = Optional.empty();
    try {
      Decoded decoded = source.decode(decoding);
      image = Optional.of(decoded.pixels());
      Prepared prepared = prepare(source, decoded);
      requireSize(prepared);
      inside(List.of(prepared));
      int width = decoded.pixels().width();
      int height = decoded.pixels().height();
      Restored back = new Restored(prepared.placement(), preprocessing, width, height);
      return new Look(
          source,
          image,
          prepared.region().map(back::region),
          Optional.of(preprocessing.toImage(width, height)),
          prepared.placement(),
          Optional.empty());
    } catch (InputException e) {
      return Look.refused(source, image, e.getMessage());
    }
  }

  /**
   * The scope that a fit leaves in its model, fixed by the image whose name comes first, so that
   * the order of the images changes nothing.
   *
   * @throws InputException if an image before it cannot be read, unless the session leaves those
   *     out, or its regions do not fit it
   */
  FittedScope fixed(Scope wanted, List<? extends ImageSource> images) {
    if (wanted.isWhole()) {
      return FittedScope.ALL;
    }
    List<? extends ImageSource> sorted =
        images.stream().sorted(Comparator.comparing(ImageSource::name)).toList();
    for (ImageSource source : sorted) {
      Optional<Prepared> first = readOrSkip(source, true);
      if (first.isPresent()) {
        try {
          return FittedScope.of(
              wanted, source, first.get().image(), first.get().input().pixels(), preprocessing);
        } catch (IllegalArgumentException e) {
          throw new InputException(source.name() + ": " + e.getMessage(), e);
        }
      }
    }
    return FittedScope.ALL;
  }

  private Input cropped(ImageSource source, Pixels image) {
    try {
      return preprocessing.input(image);
    } catch (IllegalArgumentException e) {
      throw new InputException(
          source.name()
              + ": "
              + e.getMessage()
              + "; change the size before the crop (resize) or the crop (crop)",
          e);
    }
  }

  /**
   * The features of prepared images, computed as they are asked for.
   *
   * @throws InputException if one has another size than the ones before, or, from the features, is
   *     too small
   */
  FeatureBatch extract(List<Prepared> prepared) {
    return extract(prepared, done -> {});
  }

  /**
   * The same with a count.
   *
   * @param done receives how many more tiles are computed, on any thread
   */
  private FeatureBatch extract(List<Prepared> prepared, IntConsumer done) {
    prepared.forEach(this::requireSize);
    InputSize size = inputSize.orElseThrow();
    beforeFirst.accept(size);
    beforeFirst = checked -> {};
    int tiles = recipe.tiles(size).count();
    // Several images have all of their tiles in one part.
    int together = prepared.size() == 1 ? Math.min(tiles, together(recipe, size)) : tiles;
    return new FeatureBatch(
        prepared.stream().map(Prepared::source).toList(),
        prepared.stream().map(Prepared::image).toList(),
        new Features(
            prepared.size(),
            tiles,
            together,
            range -> run(prepared, range, done),
            inside(prepared)));
  }

  /** The part of each image that is looked at. */
  private Inside inside(List<Prepared> prepared) {
    boolean whole = learnt == null && prepared.stream().allMatch(each -> each.region().isEmpty());
    if (whole) {
      return Inside.ALL;
    }
    InputSize size = inputSize.orElseThrow();
    List<Inside.View> views = new ArrayList<>();
    for (Prepared each : prepared) {
      Region region = each.region().orElseGet(() -> Region.all(size.width(), size.height()));
      boolean same = !views.isEmpty() && views.getLast().region().equals(region);
      BitSet patches = same ? views.getLast().patches() : patches(region, size);
      if (patches.isEmpty()) {
        throw new InputException(
            each.source().name()
                + ": none of its patches is in its region; draw a larger one (roi), ignore less"
                + " (ignore), or leave the image out");
      }
      views.add(new Inside.View(region, patches, each.placement()));
    }
    return Inside.of(views);
  }

  private BitSet patches(Region region, InputSize size) {
    PatchGrid grid = session.patches(recipe, size);
    BitSet patches = region.patches(recipe.tiles(size), grid.height(), grid.width());
    if (learnt != null) {
      patches.and(learnt);
    }
    return patches;
  }

  /** Runs some tiles of each image through the backbone. */
  private Map<String, Tensor> run(List<Prepared> prepared, TileRange range, IntConsumer done) {
    TileGrid grid = recipe.tiles(inputSize.orElseThrow());
    int elements = grid.tileHeight() * grid.tileWidth() * 3;
    int count = prepared.size() * range.count();
    Tensor batch = Tensor.zeros(count, grid.tileHeight(), grid.tileWidth(), 3);
    session
        .parallel()
        .forEach(
            count,
            i -> {
              Input input = prepared.get(i / range.count()).input();
              int tile = range.first() + i % range.count();
              input.normaliseInto(grid, tile, batch.data(), i * elements);
            });
    try {
      return session.exclusively(() -> backbone.run(batch, done));
    } catch (IllegalArgumentException e) {
      String size = grid.tileWidth() + "x" + grid.tileHeight();
      throw tooSmall(prepared.getFirst().source(), size, e);
    }
  }

  private InputException tooSmall(ImageSource source, String size, Exception cause) {
    String wayOut =
        preprocessing.tiling().isCut() ? "; cut larger tiles (tile)" : "; enlarge it (resize)";
    return new InputException(
        source.name() + ": is too small for the network at " + size + wayOut, cause);
  }

  /** Throws unless an image has the size of the ones before, or is the first. */
  void requireSize(Prepared prepared) {
    InputSize size = new InputSize(prepared.input().width(), prepared.input().height());
    InputSize wanted = inputSize.orElse(size);
    inputSize = Optional.of(wanted);
    if (!size.equals(wanted)) {
      throw new InputException(
          prepared.source().name()
              + ": is "
              + prepared.image().width()
              + "x"
              + prepared.image().height()
              + " and becomes "
              + size
              + " where "
              + wanted
              + " is needed; fit with "
              + forAnySize()
              + "one size of your choice (size), or bring images to the model's size afterwards"
              + " (any-size)");
    }
  }

  /** The method's recipe that takes images of any size, as a sentence continues. */
  private String forAnySize() {
    return Methods.named(recipe.method()).recipes().stream()
        .filter(each -> each.preprocessing().resize() instanceof TargetSize.Auto)
        .map(each -> each.name() + " (recipe), which takes images of any size, or with ")
        .findFirst()
        .orElse("");
  }
}
