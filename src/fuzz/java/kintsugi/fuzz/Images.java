package kintsugi.fuzz;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import javax.imageio.ImageIO;
import kintsugi.image.ColorProfile;
import kintsugi.image.Decoding;
import kintsugi.image.ImageDecoder;
import kintsugi.image.Mask;
import kintsugi.image.Pixels;

/** The decoder of images. Kinds that the JDK does not write are in the saved corpus. */
final class Images {
  private static final Decoding CONVERTING =
      new Decoding(OptionalInt.of(16), ColorProfile.CONVERT, Decoding.MAX_PIXELS);

  private Images() {}

  static void read(byte[] data) {
    ImageDecoder.read(Fuzz.NAME, data, CONVERTING);
    Pixels pixels = ImageDecoder.read(Fuzz.NAME, data);
    if (pixels.width() < 1 || pixels.height() < 1) {
      throw new AssertionError("decoded to nothing: " + pixels);
    }
  }

  static void readMask(byte[] data) {
    Mask mask = Mask.read(Fuzz.NAME, data);
    if (mask.isEmpty() != (mask.count() == 0)) {
      throw new AssertionError("empty, but wrong at " + mask.count());
    }
  }

  /** {@return small images of a format, of each of some kinds of pixels that it can hold} */
  static List<byte[]> seeds(String format, int... types) throws IOException {
    List<byte[]> seeds = new ArrayList<>();
    for (int type : types) {
      BufferedImage image = new BufferedImage(9, 5, type);
      for (int i = 0; i < 45; i++) {
        image.setRGB(i % 9, i / 9, 0xff000000 | i * 0x50307);
      }
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      if (!ImageIO.write(image, format, out)) {
        throw new IllegalStateException("no writer of " + format + " for type " + type);
      }
      seeds.add(out.toByteArray());
    }
    return seeds;
  }
}
