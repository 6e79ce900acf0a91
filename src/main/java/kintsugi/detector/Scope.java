package kintsugi.detector;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import kintsugi.image.Alignment;
import kintsugi.image.ImageSource;
import kintsugi.image.Region;

/**
 * The scope of a session: which part of an image is learnt from and scored, and how far an image
 * may be misplaced. A fit fixes all but the regions of single images with its first image, and
 * leaves it in the model, whose scope then replaces the session's.
 *
 * @param regions of every image; only what is in all of them is looked at
 * @param foreground whether only the part before a plain background is looked at
 * @param align how far an image may be shifted and turned, and is then aligned with the first;
 *     empty if images are taken as they are
 * @param own the regions of a single image, in addition to a model's; asked for every image, on
 *     several threads
 */
public record Scope(
    List<Region> regions,
    boolean foreground,
    Optional<Alignment.Limit> align,
    Function<ImageSource, List<Region>> own) {
  /** All of an image, as it is. */
  public static final Scope ALL = new Scope(List.of(), false, Optional.empty(), image -> List.of());

  /** Copies the list. */
  public Scope {
    regions = List.copyOf(regions);
  }

  /** Whether a fit has nothing to fix. */
  boolean isWhole() {
    return regions.isEmpty() && !foreground && align.isEmpty();
  }
}
