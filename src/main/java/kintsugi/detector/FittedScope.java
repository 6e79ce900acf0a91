package kintsugi.detector;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import kintsugi.InputException;
import kintsugi.image.Alignment;
import kintsugi.image.Foreground;
import kintsugi.image.ImageSource;
import kintsugi.image.MapTransform;
import kintsugi.image.Pixels;
import kintsugi.image.Placement;
import kintsugi.image.Preprocessing;
import kintsugi.image.Region;
import kintsugi.weights.StoredTensor;

/**
 * The scope of a model, fixed by the fit's first image: the region at the size of the network's
 * input, and the image that others are aligned with.
 */
final class FittedScope {
  /** All of an image, as it is. */
  static final FittedScope ALL =
      new FittedScope(List.of(), Optional.empty(), false, Optional.empty(), "");

  private static final String REGION = "region";
  private static final String REFERENCE = "alignment_reference";
  private static final String FOREGROUND = "foreground";
  private static final String ALIGN = "align";

  /** As they were drawn; empty in a model that was read from a file. */
  private final List<Region> drawn;

  private final Optional<Region> region;
  private final boolean foreground;
  private final Optional<Alignment> alignment;

  /** The name of the image that others are aligned with; empty in a model from a file. */
  private final String reference;

  private FittedScope(
      List<Region> drawn,
      Optional<Region> region,
      boolean foreground,
      Optional<Alignment> alignment,
      String reference) {
    this.reference = reference;
    this.drawn = drawn;
    this.region = region;
    this.foreground = foreground;
    this.alignment = alignment;
  }

  /**
   * The scope of a fit.
   *
   * @param wanted the regions as they were drawn
   * @param source the first image
   * @param image its pixels
   * @param input what the network sees of it
   * @throws IllegalArgumentException if a region has another aspect, or all of them have no pixel
   *     in common, as the end of a sentence that begins with the image
   */
  static FittedScope of(
      Scope wanted, ImageSource source, Pixels image, Pixels input, Preprocessing preprocessing) {
    MapTransform transform = preprocessing.toImage(image.width(), image.height());
    Optional<Region> region = Optional.empty();
    for (Region each : wanted.regions()) {
      requireAspect(each, image);
      Region projected =
          each.project(transform, image.width(), image.height(), input.width(), input.height());
      region = Optional.of(region.map(projected::and).orElse(projected));
    }
    if (region.isPresent() && region.get().isEmpty()) {
      throw new IllegalArgumentException(
          "has no pixel in the region that the network sees; draw a larger one (roi), or ignore less"
              + " (ignore)");
    }
    return new FittedScope(
        wanted.regions(),
        region,
        wanted.foreground(),
        wanted.align().map(limit -> Alignment.with(limit, image)),
        source.name());
  }

  private static void requireAspect(Region region, Pixels image) {
    if (!region.fits(image.width(), image.height())) {
      throw new IllegalArgumentException(
          "is "
              + image.width()
              + "x"
              + image.height()
              + ", its region "
              + region.width()
              + "x"
              + region.height()
              + "; a region must have its image's aspect, draw it on the image (roi) (ignore)");
    }
  }

  /** Whether all of an image is looked at, as it is. */
  boolean isWhole() {
    return region.isEmpty() && !foreground && alignment.isEmpty();
  }

  /** The name of the image that a fit aligns others with. */
  Optional<String> reference() {
    return alignment.isEmpty() || reference.isEmpty() ? Optional.empty() : Optional.of(reference);
  }

  /**
   * How an image is placed.
   *
   * @throws InputException if it is misplaced beyond the limit
   */
  Placement placement(ImageSource source, Pixels image) {
    try {
      drawn.forEach(each -> requireAspect(each, image));
      return alignment.map(aligner -> aligner.of(image)).orElse(Placement.EXACT);
    } catch (IllegalArgumentException e) {
      throw new InputException(source.name() + ": " + e.getMessage(), e);
    }
  }

  /**
   * The region of an image at the size of the network's input, empty if it is all.
   *
   * @param own regions of this image alone
   * @param input what the network sees of the aligned image
   * @throws InputException if the foreground cannot be told, or a region does not fit
   */
  Optional<Region> region(
      ImageSource source,
      List<Region> own,
      Pixels image,
      Placement placement,
      Pixels input,
      Preprocessing preprocessing) {
    MapTransform transform =
        preprocessing
            .toImage(image.width(), image.height())
            .of(placement, image.width(), image.height());
    boolean fits =
        region.map(r -> r.width() == input.width() && r.height() == input.height()).orElse(true);
    if (!fits) {
      // Of another size than the model's, which is said where all sizes are checked.
      return region;
    }
    List<Region> parts = new ArrayList<>(own);
    if (!placement.isExact()) {
      // What lies beyond the image's edges was never seen.
      parts.add(Region.all(image.width(), image.height()));
    }
    try {
      Optional<Region> all = region;
      for (Region part : parts) {
        requireAspect(part, image);
        Region projected =
            part.project(transform, image.width(), image.height(), input.width(), input.height());
        all = Optional.of(all.map(projected::and).orElse(projected));
      }
      if (foreground) {
        Region part = Foreground.of(input);
        all = Optional.of(all.map(part::and).orElse(part));
      }
      return all;
    } catch (IllegalArgumentException e) {
      throw new InputException(source.name() + ": " + e.getMessage(), e);
    }
  }

  /** Whether another fit's scope is the same, so that the two can be merged. */
  boolean isSame(FittedScope other) {
    return region.equals(other.region)
        && foreground == other.foreground
        && alignment.map(Alignment::limit).equals(other.alignment.map(Alignment::limit))
        && Arrays.equals(levels(), other.levels());
  }

  private byte[] levels() {
    return alignment.map(Alignment::grey).orElse(new byte[0]);
  }

  /** The entries of a file's metadata: none if nothing is left out or aligned. */
  Map<String, String> metadata() {
    Map<String, String> metadata = new LinkedHashMap<>();
    if (foreground) {
      metadata.put(FOREGROUND, "plain_background");
    }
    alignment.ifPresent(a -> metadata.put(ALIGN, a.limit().toString()));
    return metadata;
  }

  /** Adds the region and the reference to a file's tensors. */
  void storeIn(Map<String, StoredTensor> tensors) {
    region.ifPresent(r -> tensors.put(REGION, tensor(r)));
    alignment.ifPresent(a -> tensors.put(REFERENCE, bytes(a.grey(), a.height(), a.width())));
  }

  private static StoredTensor tensor(Region region) {
    byte[] inside = new byte[region.width() * region.height()];
    for (int i = 0; i < inside.length; i++) {
      inside[i] = (byte) (region.at(i) ? 1 : 0);
    }
    return bytes(inside, region.height(), region.width());
  }

  private static StoredTensor bytes(byte[] values, int height, int width) {
    return new StoredTensor(
        StoredTensor.Type.U8, new long[] {height, width}, ByteBuffer.wrap(values));
  }

  /**
   * The scope of a file.
   *
   * @throws IllegalArgumentException if the file's scope is incomplete, or has another size than
   *     its input
   */
  static FittedScope storedIn(FitFile file) {
    Optional<Region> region =
        file.tensors().containsKey(REGION) ? Optional.of(region(file)) : Optional.empty();
    Optional<Alignment> alignment =
        Optional.ofNullable(file.more().get(ALIGN)).map(limit -> alignment(file, limit));
    boolean foreground = file.more().containsKey(FOREGROUND);
    return new FittedScope(List.of(), region, foreground, alignment, "");
  }

  private static Region region(FitFile file) {
    StoredTensor stored = bytes(file, REGION);
    int height = (int) stored.shape()[0];
    int width = (int) stored.shape()[1];
    InputSize size = file.header().inputSize();
    Recipe.require(
        width == size.width() && height == size.height(),
        "its tensor " + REGION + " is " + width + "x" + height + " where the input is " + size);
    BitSet inside = new BitSet(stored.count());
    for (int i = 0; i < stored.count(); i++) {
      inside.set(i, stored.get(i) != 0);
    }
    Recipe.require(!inside.isEmpty(), "its tensor " + REGION + " has no pixel");
    return Region.of(width, height, inside);
  }

  private static Alignment alignment(FitFile file, String limit) {
    StoredTensor stored = bytes(file, REFERENCE);
    byte[] levels = new byte[stored.count()];
    stored.bytes().duplicate().clear().get(levels);
    return new Alignment(
        Alignment.Limit.parse(limit), (int) stored.shape()[1], (int) stored.shape()[0], levels);
  }

  private static StoredTensor bytes(FitFile file, String name) {
    StoredTensor tensor = StoredTensor.of(file.tensors(), name, 2);
    Recipe.require(
        tensor.type() == StoredTensor.Type.U8, "its tensor " + name + " does not hold bytes");
    return tensor;
  }
}
