package kintsugi.serve;

import java.awt.image.BufferedImage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import kintsugi.image.Interpolation;
import kintsugi.image.Pixels;
import kintsugi.image.Resize;
import kintsugi.report.Thumbnail;
import kintsugi.tensor.Tensor;

/** Images and maps as bytes that are sent. */
final class Encoded {
  /** The longer side of a thumbnail. */
  private static final int SMALL = 96;

  private static final byte[] NPY = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};

  /** The bytes before a header's text: the magic, the version and the text's length. */
  private static final int NPY_FRONT = 10;

  private static final int NPY_ALIGNMENT = 64;
  private static final int DEEPEST = 65_535;

  private Encoded() {}

  static byte[] of(BufferedImage image, String format) {
    return Thumbnail.encode(image, format);
  }

  /** {@return a small JPEG of an image, as a URL that holds it} */
  static String thumbnail(Pixels image) {
    double scale = Math.min(1, (double) SMALL / Math.max(image.width(), image.height()));
    int width = (int) Math.max(1, Math.rint(image.width() * scale));
    int height = (int) Math.max(1, Math.rint(image.height() * scale));
    Pixels small = Resize.resize(image, width, height, Interpolation.BILINEAR);
    return url("image/jpeg", of(small.toImage(), "jpeg"));
  }

  static String url(String type, byte[] bytes) {
    return "data:" + type + ";base64," + Base64.getEncoder().encodeToString(bytes);
  }

  /**
   * {@return a score map as a NumPy array of 32-bit floats, {@code [H, W]}; source: NumPy's {@code
   * NEP 1}}
   */
  static byte[] npy(Tensor map) {
    String text =
        String.format(
            Locale.ROOT,
            "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }",
            map.dim(0),
            map.dim(1));
    int length = Math.ceilDiv(NPY_FRONT + text.length() + 1, NPY_ALIGNMENT) * NPY_ALIGNMENT;
    ByteBuffer bytes =
        ByteBuffer.allocate(length + Float.BYTES * map.size()).order(ByteOrder.LITTLE_ENDIAN);
    bytes.put(NPY).putShort((short) (length - NPY_FRONT));
    bytes.put(text.getBytes(StandardCharsets.US_ASCII));
    while (bytes.position() < length - 1) {
      bytes.put((byte) ' ');
    }
    bytes.put((byte) '\n');
    bytes.asFloatBuffer().put(map.data(), 0, map.size());
    return bytes.array();
  }

  /** {@return a score map as a PNG of 16 bits: the colours' range from black to white} */
  static byte[] grey(Tensor map, double low, double high) {
    BufferedImage grey = new BufferedImage(map.dim(1), map.dim(0), BufferedImage.TYPE_USHORT_GRAY);
    for (int i = 0; i < map.size(); i++) {
      double level = (map.data()[i] - low) / (high - low);
      int sample = (int) Math.rint(DEEPEST * Math.clamp(level, 0, 1));
      grey.getRaster().setSample(i % map.dim(1), i / map.dim(1), 0, sample);
    }
    return of(grey, "png");
  }
}
