package kintsugi.image;

import java.awt.color.ColorSpace;
import java.awt.color.ICC_ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The samples of an image as they are stored, at full depth, and what the file says of them.
 *
 * @param samples bands in the order of {@code kind}, palette indices for a palette; not upright
 * @param kind the meaning of the bands
 * @param bits per sample of each band; 32 or 64 for floating-point samples
 * @param floating whether the samples are floating-point numbers
 * @param alpha the band that holds the opacity, or -1
 * @param palette the colours of a palette image, null for any other
 * @param profile the embedded colour profile, or null
 * @param orientation the EXIF tag 0x0112; 1 for an upright image
 * @param notes what of the file is not in the samples
 */
record DecodedImage(
    Raster samples,
    Kind kind,
    int[] bits,
    boolean floating,
    int alpha,
    IndexColorModel palette,
    ICC_Profile profile,
    int orientation,
    List<String> notes) {

  /** The meaning of the bands. */
  enum Kind {
    GREY(1),
    RGB(3),
    PALETTE(1),
    /** Four inks; 0 is none of it. */
    CMYK(4);

    /** Bands that hold the colour; further ones are opacity or unknown. */
    final int bands;

    Kind(int bands) {
      this.bands = bands;
    }
  }

  int width() {
    return samples.getWidth();
  }

  int height() {
    return samples.getHeight();
  }

  /** Samples of whole numbers, upright, of a file without more to say. */
  static DecodedImage of(Raster samples, Kind kind, int bits, int alpha) {
    int[] all = new int[samples.getNumBands()];
    Arrays.fill(all, bits);
    return new DecodedImage(samples, kind, all, false, alpha, null, null, 1, List.of());
  }

  /** Any image of the JDK; a colour space other than RGB and grey is converted. */
  static DecodedImage of(BufferedImage image) {
    ColorModel model = image.getColorModel();
    Raster raster = image.getRaster();
    int space = model.getColorSpace().getType();
    int bands = raster.getNumBands();
    int alpha = model.hasAlpha() ? bands - 1 : -1;
    if (model instanceof IndexColorModel palette) {
      int[] bits = {palette.getPixelSize()};
      return new DecodedImage(raster, Kind.PALETTE, bits, false, -1, palette, null, 1, List.of());
    }
    boolean grey = space == ColorSpace.TYPE_GRAY;
    boolean colour = space == ColorSpace.TYPE_RGB && bands >= 3;
    if (image.isAlphaPremultiplied() || !grey && !colour) {
      return converted(image);
    }
    int type = raster.getSampleModel().getDataType();
    return new DecodedImage(
        raster,
        grey ? Kind.GREY : Kind.RGB,
        model.getComponentSize(),
        type == DataBuffer.TYPE_FLOAT || type == DataBuffer.TYPE_DOUBLE,
        alpha,
        null,
        profile(model),
        1,
        List.of());
  }

  private static ICC_Profile profile(ColorModel model) {
    return model.getColorSpace() instanceof ICC_ColorSpace space && !space.isCS_sRGB()
        ? space.getProfile()
        : null;
  }

  private static DecodedImage converted(BufferedImage image) {
    int width = image.getWidth();
    int height = image.getHeight();
    BufferedImage plain = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    int[] row = new int[width];
    WritableRaster raster = plain.getRaster();
    for (int y = 0; y < height; y++) {
      raster.setDataElements(0, y, width, 1, image.getRGB(0, y, width, 1, row, 0, width));
    }
    return of(raster, Kind.RGB, 8, -1);
  }

  DecodedImage withSamples(Raster other) {
    return new DecodedImage(
        other, kind, bits, floating, alpha, palette, profile, orientation, notes);
  }

  DecodedImage withOrientation(int tag) {
    return new DecodedImage(samples, kind, bits, floating, alpha, palette, profile, tag, notes);
  }

  DecodedImage withProfile(ICC_Profile embedded) {
    return new DecodedImage(
        samples, kind, bits, floating, alpha, palette, embedded, orientation, notes);
  }

  DecodedImage withNote(String note) {
    List<String> more = new ArrayList<>(notes);
    more.add(note);
    return new DecodedImage(
        samples, kind, bits, floating, alpha, palette, profile, orientation, List.copyOf(more));
  }
}
