package kintsugi.image;

import java.awt.color.CMMException;
import java.awt.color.ColorSpace;
import java.awt.color.ICC_ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.ColorConvertOp;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** Embedded colour profiles: where PNG and WebP keep them, and the conversion to sRGB. */
final class Profiles {
  /** Bytes of the largest profile that is read; printers' profiles have some megabytes. */
  private static final int MAX_BYTES = 16 << 20;

  private Profiles() {}

  /** A profile, or null where there are no bytes or they are not a profile. */
  static ICC_Profile parse(byte[] bytes) {
    if (bytes.length == 0 || bytes.length > MAX_BYTES) {
      return null;
    }
    try {
      return ICC_Profile.getInstance(bytes);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /** The profile of a PNG's chunk iCCP: a name, a zero, the method, and deflated bytes. */
  static ICC_Profile ofPng(byte[] png) {
    for (Chunks chunk : Chunks.ofPng(png)) {
      if (chunk.type().equals("iCCP")) {
        int from = chunk.from();
        int end = from + chunk.length();
        while (from < end && png[from] != 0) {
          from++;
        }
        return from + 2 < end ? parse(inflated(png, from + 2, end)) : null;
      }
    }
    return null;
  }

  private static byte[] inflated(byte[] bytes, int from, int end) {
    try (Inflater inflater = new Inflater()) {
      inflater.setInput(bytes, from, end - from);
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      byte[] buffer = new byte[8192];
      int count = inflater.inflate(buffer);
      while (count > 0 && out.size() <= MAX_BYTES) {
        out.write(buffer, 0, count);
        count = inflater.inflate(buffer);
      }
      return out.toByteArray();
    } catch (DataFormatException e) {
      return new byte[0];
    }
  }

  /** The profile of a WebP's chunk ICCP. */
  static ICC_Profile ofWebp(byte[] webp) {
    return Chunks.ofWebp(webp).stream()
        .filter(chunk -> chunk.type().equals("ICCP"))
        .map(chunk -> parse(chunk.content(webp)))
        .findFirst()
        .orElse(null);
  }

  /**
   * Rows of 8-bit samples as sRGB.
   *
   * @param samples {@code width * bands} per row, of as many bands as the profile has components
   * @param profile of the samples
   * @return {@code height * width * 3} bytes
   * @throws IllegalArgumentException if the profile cannot be applied
   */
  static byte[] toSrgb(byte[] samples, int width, int height, ICC_Profile profile) {
    int bands = profile.getNumComponents();
    ICC_ColorSpace from = new ICC_ColorSpace(profile);
    ColorSpace srgb = ColorSpace.getInstance(ColorSpace.CS_sRGB);
    ColorConvertOp op = new ColorConvertOp(from, srgb, null);
    byte[] converted = new byte[width * height * 3];
    WritableRaster row =
        Raster.createInterleavedRaster(DataBuffer.TYPE_BYTE, width, 1, bands, null);
    WritableRaster to = Raster.createInterleavedRaster(DataBuffer.TYPE_BYTE, width, 1, 3, null);
    byte[] values = new byte[width * bands];
    byte[] rgb = new byte[width * 3];
    try {
      for (int y = 0; y < height; y++) {
        System.arraycopy(samples, y * values.length, values, 0, values.length);
        row.setDataElements(0, 0, width, 1, values);
        op.filter(row, to);
        to.getDataElements(0, 0, width, 1, rgb);
        System.arraycopy(rgb, 0, converted, y * rgb.length, rgb.length);
      }
    } catch (CMMException e) {
      throw new IllegalArgumentException(
          "has a colour profile that cannot be applied; keep the stored values (color-profile)", e);
    }
    return converted;
  }
}
