package kintsugi.audit;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import kintsugi.image.Interpolation;
import kintsugi.image.Pixels;
import kintsugi.image.Resize;

/**
 * A way to resize an image: a filter, and where values are rounded to 8 bits.
 *
 * @param filter the filter
 * @param rounding where values are rounded, in words; empty for nowhere
 * @param pillow the filter as Pillow has it, rounded after each pass; null for one in fp64
 */
record Resized(Resampling filter, String rounding, Interpolation pillow) {
  private static final String EACH = "rounded after each pass, as Pillow";
  private static final String ONCE = "rounded to 8 bits";
  private static final String NOWHERE = "";

  /** Of a resized image; a likely size never has as many. */
  private static final long MOST_PIXELS = 1 << 26;

  /** All, the usual ones first. */
  static final List<Resized> ALL = all();

  private static List<Resized> all() {
    List<Resized> all = new ArrayList<>();
    all.add(new Resized(Resampling.SHRINKING.get(0), EACH, Interpolation.BILINEAR));
    all.add(new Resized(Resampling.SHRINKING.get(1), EACH, Interpolation.BICUBIC));
    for (String rounding : List.of(NOWHERE, ONCE)) {
      Resampling.SHRINKING.forEach(filter -> all.add(new Resized(filter, rounding, null)));
    }
    return List.copyOf(all);
  }

  /** The filter in words. */
  String how() {
    return filter.how();
  }

  /**
   * A size before the centre crop.
   *
   * @param height rows
   * @param width columns
   */
  record Size(int height, int width) {
    boolean isSame(Planes image) {
      return height == image.h() && width == image.w();
    }

    /** The size and the crop in words. */
    String text(Planes input) {
      String size = "resized to " + width + "x" + height;
      return height == input.h() && width == input.w()
          ? size
          : size + ", centre crop " + input.w() + "x" + input.h();
    }
  }

  /** The sizes that may precede an input's size, the likely ones first. */
  static List<Size> sizes(Planes image, Planes input) {
    Set<Size> sizes = new LinkedHashSet<>();
    sizes.add(new Size(input.h(), input.w()));
    double larger = 256.0 / 224;
    int h = (int) Math.round(input.h() * larger);
    int w = (int) Math.round(input.w() * larger);
    sizes.add(new Size(h, w));
    for (int shorter : new int[] {Math.min(h, w), Math.min(input.h(), input.w()), 256, 366}) {
      double scale = (double) shorter / Math.min(image.h(), image.w());
      // torchvision cuts the longer side's fraction off.
      sizes.add(new Size((int) (image.h() * scale), (int) (image.w() * scale)));
    }
    sizes.add(new Size(256, 256));
    sizes.add(new Size(image.h(), image.w()));
    return sizes.stream()
        .filter(size -> size.height >= input.h() && size.width >= input.w())
        .filter(size -> Math.max((long) size.height, image.h()) * size.width <= MOST_PIXELS)
        .toList();
  }

  /** The image at a size, its centre cropped. */
  Planes apply(Planes image, Size size, int height, int width) {
    Planes resized = size.isSame(image) ? image : resized(image, size);
    int top = (int) Math.rint((size.height - height) / 2.0);
    int left = (int) Math.rint((size.width - width) / 2.0);
    return resized.part(top, left, height, width);
  }

  private Planes resized(Planes image, Size size) {
    if (pillow != null) {
      return Planes.of(Resize.resize(pixels(image), size.width, size.height, pillow));
    }
    Planes resized = image.resized(filter, size.height, size.width);
    if (rounding.equals(ONCE)) {
      for (double[] plane : resized.planes()) {
        for (int i = 0; i < plane.length; i++) {
          plane[i] = Math.clamp(Math.rint(plane[i]), 0, 255);
        }
      }
    }
    return resized;
  }

  private static Pixels pixels(Planes image) {
    byte[] rgb = new byte[3 * image.h() * image.w()];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) Math.rint(image.planes()[i % 3][i / 3]);
    }
    return new Pixels(image.w(), image.h(), rgb);
  }
}
