package kintsugi.image;

import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import kintsugi.image.DecodedImage.Kind;

/**
 * The reader of WebP files, first frame on its canvas. Lossy frames are decoded here ({@link Vp8});
 * lossless ones, and opacity, by the reader that ImageIO finds.
 */
final class WebP {
  private static final int FRAME_HEADER = 16;
  private static final int CANVAS = 10;
  private static final int OPACITY = 0x10;

  /** Twice what the library reads ahead. */
  private static final int ZEROS = 16;

  private WebP() {}

  /**
   * Reads a file.
   *
   * @throws IOException if it is broken or cut short
   */
  static DecodedImage read(EncodedImage file, Decoding decoding) throws IOException {
    byte[] bytes = file.bytes();
    List<Chunks> chunks = Chunks.ofWebp(bytes);
    Optional<Chunks> frame = first(chunks, "ANMF");
    DecodedImage image =
        frame.isEmpty()
            ? image(chunks, file, decoding)
            : onCanvas(chunks.getFirst(), frame.get(), file, decoding);
    int frames = Chunks.webpFrames(bytes);
    image = image.withProfile(Profiles.ofWebp(bytes));
    return frames > 1 ? image.withNote("has " + frames + " frames; the first is used") : image;
  }

  private static Optional<Chunks> first(List<Chunks> chunks, String type) {
    return chunks.stream().filter(chunk -> chunk.type().equals(type)).findFirst();
  }

  /** The image of the chunks of a file or of a frame. */
  private static DecodedImage image(List<Chunks> chunks, EncodedImage file, Decoding decoding)
      throws IOException {
    byte[] bytes = file.bytes();
    for (Chunks chunk : chunks) {
      if (chunk.type().equals("VP8L")) {
        return DecodedImage.of(Readers.read(alone(file, decoding, chunk), decoding));
      }
      if (chunk.type().equals("VP8 ")) {
        Pixels pixels = Vp8.decode(chunk.content(bytes), file, decoding);
        Optional<Chunks> opacity = first(chunks, "ALPH");
        if (opacity.isEmpty()) {
          return image(pixels);
        }
        return withOpacity(
            pixels, Readers.read(alone(file, decoding, opacity.get(), chunk), decoding));
      }
    }
    throw new IOException("it is cut short: its pixels are missing");
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

  /** The first frame of an animation on the canvas, which is black. */
  private static DecodedImage onCanvas(
      Chunks canvas, Chunks frame, EncodedImage file, Decoding decoding) throws IOException {
    byte[] bytes = file.bytes();
    if (!canvas.type().equals("VP8X")) {
      throw new IOException("the canvas of its frames is missing; it does not begin with one");
    }
    if (frame.length() < FRAME_HEADER || canvas.length() < CANVAS) {
      throw new IOException("it is cut short: its first frame is missing");
    }
    int width = 1 + number(bytes, canvas.from() + 4);
    int height = 1 + number(bytes, canvas.from() + 7);
    file.requireSize(width, height, decoding.maxPixels());
    List<Chunks> chunks = Chunks.within(bytes, frame.from() + FRAME_HEADER, frame.end());
    DecodedImage image = image(chunks, file, decoding);
    if (image.width() == width && image.height() == height) {
      return image;
    }
    WritableRaster whole = image.samples().createCompatibleWritableRaster(width, height);
    int left = 2 * number(bytes, frame.from());
    int top = 2 * number(bytes, frame.from() + 3);
    whole.setRect(left, top, image.samples());
    return image.withSamples(whole);
  }

  /**
   * A file of one image's chunks alone. The library would apply the colour profile of the whole
   * file, and leave a frame off its canvas. It also asks for eight bytes ahead, and where the file
   * has ended it fills in an exception for every value: a flat image of 34 bytes and 268 million
   * pixels then takes many minutes. So zeros follow.
   */
  static EncodedImage alone(EncodedImage file, Decoding decoding, Chunks... chunks) {
    Chunks last = chunks[chunks.length - 1];
    int length = Arrays.stream(chunks).mapToInt(chunk -> chunk.length() + 9).sum();
    ByteBuffer out = ByteBuffer.allocate(30 + length + ZEROS).order(ByteOrder.LITTLE_ENDIAN);
    out.put(ascii("RIFF")).putInt(0).put(ascii("WEBP"));
    if (chunks.length > 1) {
      // The size in the header of a lossy frame, from which 14 bits each are taken.
      int sizes =
          ByteBuffer.wrap(file.bytes()).order(ByteOrder.LITTLE_ENDIAN).getInt(last.from() + 6);
      out.put(ascii("VP8X")).putInt(CANVAS).putInt(OPACITY);
      putNumber(out, (sizes & 0x3fff) - 1);
      putNumber(out, (sizes >>> 16 & 0x3fff) - 1);
    }
    for (Chunks chunk : chunks) {
      int padded = chunk.length() + (chunk == last ? ZEROS : 0);
      out.put(ascii(chunk.type())).putInt(padded);
      out.put(file.bytes(), chunk.from(), chunk.length());
      out.position(out.position() + padded - chunk.length() + padded % 2);
    }
    out.putInt(4, out.position() - 8);
    byte[] bytes = Arrays.copyOf(out.array(), out.position());
    return EncodedImage.of(file.name(), bytes, decoding.maxPixels());
  }

  private static byte[] ascii(String type) {
    return type.getBytes(StandardCharsets.US_ASCII);
  }

  private static void putNumber(ByteBuffer out, int value) {
    out.putShort((short) value).put((byte) (value >> 16));
  }

  private static int number(byte[] bytes, int at) {
    return bytes[at] & 0xff | (bytes[at + 1] & 0xff) << 8 | (bytes[at + 2] & 0xff) << 16;
  }
}
