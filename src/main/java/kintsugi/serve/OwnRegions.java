package kintsugi.serve;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import kintsugi.image.ImageSource;
import kintsugi.image.Region;

/**
 * The regions of interest of images while they are scored. The library asks by image which part of
 * it is looked at ({@link kintsugi.detector.Scope#own}); here it is the part that was painted for
 * the model that scores it.
 */
public final class OwnRegions {
  private final Map<ImageSource, Region> regions = new ConcurrentHashMap<>();

  /** For the scope of a session. */
  public OwnRegions() {}

  /**
   * {@return the region of an image, or nothing}
   *
   * @param image that is being scored
   */
  public List<Region> of(ImageSource image) {
    Region region = regions.get(image);
    return region == null ? List.of() : List.of(region);
  }

  /** Scores an image within a region. */
  <T> T within(Optional<Region> region, ImageSource image, Supplier<T> work) {
    if (region.isEmpty()) {
      return work.get();
    }
    regions.put(image, region.get());
    try {
      return work.get();
    } finally {
      regions.remove(image);
    }
  }
}
