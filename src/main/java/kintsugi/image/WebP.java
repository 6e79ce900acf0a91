package kintsugi.image;

import java.awt.color.ICC_Profile;
import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.IOException;
import java.util.List;
import kintsugi.image.DecodedImage.Kind;

/**
 * The reader of WebP files, first frame on its canvas. Lossy frames are decoded here ({@link Vp8});
 * lossless ones, and opacity, by the reader that ImageIO finds.
 */
final class WebP {
  private static final int FRAME_HEADER = 16;
  private static final int CANVAS = 10;

  private WebP() {}

  /**
   * Reads a file.
   *
   * @throws IOException if it is broken or cut short
   */
  static DecodedImage read(EncodedImage file, Decoding decoding) throws IOException {
    byte[] bytes = file.bytes();
    List<Chunks> chunks = Chunks.ofWebp(bytes);
    DecodedImage image = null;
    for (Chunks chunk : chunks) {
      if (chunk.type().equals("VP8 ")) {
        Pixels pixels = Vp8.decode(chunk.content(bytes), file, decoding);
        boolean opacity = chunks.stream().anyMatch(each -> each.type().equals("ALPH"));
        image = opacity ? withOpacity(pixels, Readers.read(file, decoding)) : image(pixels);
      } else if (chunk.type().equals("ANMF")) {
        image = frame(file, decoding, chunks.getFirst(), chunk);
      } else if (!chunk.type().equals("VP8L")) {
        continue;
      }
      break;
    }
    if (image == null) {
      image = DecodedImage.of(Readers.read(file, decoding));
    }
    ICC_Profile profile = Profiles.ofWebp(bytes);
    int frames = Chunks.webpFrames(bytes);
    image = image.withProfile(profile);
    return frames > 1 ? image.withNote("has " + frames + " frames; the first is used") : image;
  }

  /** The colours of one decoder, and the opacity, which is stored without loss, of another. */
  private static DecodedImage withOpacity(Pixels pixels, BufferedImage other) {
    int width = pixels.width();
    Raster raster = other.getRaster();
    if (!other.getColorModel().hasAlpha()
        || other.getWidth() != width
        || other.getHeight() != pixels.height()) {
      return image(pixels);
    }
    WritableRaster joined =
        Raster.createInterleavedRaster(DataBuffer.TYPE_BYTE, width, pixels.height(), 4, null);
    int[] row = new int[width];
    for (int y = 0; y < pixels.height(); y++) {
      for (int band = 0; band < 4; band++) {
        for (int x = 0; x < width && band < 3; x++) {
          row[x] = pixels.at(x, y, band);
        }
        int[] samples =
            band < 3 ? row : raster.getSamples(0, y, width, 1, raster.getNumBands() - 1, row);
        joined.setSamples(0, y, width, 1, band, samples);
      }
    }
    return DecodedImage.of(joined, Kind.RGB, 8, 3);
  }

  private static DecodedImage image(Pixels pixels) {
    int[] offsets = {0, 1, 2};
    int width = pixels.width();
    var buffer = new DataBufferByte(pixels.rgb(), pixels.rgb().length);
    return DecodedImage.of(
        Raster.createInterleavedRaster(buffer, width, pixels.height(), width * 3, 3, offsets, null),
        Kind.RGB,
        8,
        -1);
  }

  /** The first frame of an animation, if it is lossy, on the black canvas; or null. */
  private static DecodedImage frame(
      EncodedImage file, Decoding decoding, Chunks canvas, Chunks frame) throws IOException {
    byte[] bytes = file.bytes();
    if (frame.length() < FRAME_HEADER || canvas.length() < CANVAS) {
      throw new IOException("it is cut short: its first frame is missing");
    }
    for (Chunks chunk : Chunks.within(bytes, frame.from() + FRAME_HEADER, frame.end())) {
      if (chunk.type().equals("VP8 ")) {
        int width = 1 + number(bytes, canvas.from() + 4);
        int height = 1 + number(bytes, canvas.from() + 7);
        file.requireSize(width, height, decoding.maxPixels());
        int left = 2 * number(bytes, frame.from());
        int top = 2 * number(bytes, frame.from() + 3);
        return image(
            placed(Vp8.decode(chunk.content(bytes), file, decoding), width, height, left, top));
      }
    }
    return null;
  }

  private static Pixels placed(Pixels frame, int width, int height, int left, int top) {
    if (frame.width() == width && frame.height() == height) {
      return frame;
    }
    byte[] rgb = new byte[width * height * 3];
    int columns = Math.min(frame.width(), width - left);
    for (int y = 0; y < Math.min(frame.height(), height - top) && columns > 0; y++) {
      int to = ((top + y) * width + left) * 3;
      System.arraycopy(frame.rgb(), y * frame.width() * 3, rgb, to, columns * 3);
    }
    return new Pixels(width, height, rgb);
  }

  private static int number(byte[] bytes, int at) {
    return bytes[at] & 0xff | (bytes[at + 1] & 0xff) << 8 | (bytes[at + 2] & 0xff) << 16;
  }
}
