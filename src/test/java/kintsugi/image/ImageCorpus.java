package kintsugi.image;

import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.zip.CRC32;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;

/**
 * Image files of every container, depth, kind of colour and compression for which there is an
 * encoder at hand: the JDK's and small ones of the tests. All show the same ramps.
 */
final class ImageCorpus {
  static final int WIDTH = 45;
  static final int HEIGHT = 31;

  private static final List<String> ENCODED =
      List.of(
          "lossy20.webp",
          "lossy_small80.webp",
          "lossy_textured5.webp",
          "lossy_textured40.webp",
          "lossy_textured90.webp",
          "lossy_grey.webp",
          "lossy_opacity.webp",
          "lossy_frames.webp",
          "lossless.webp",
          "lossless_opacity.webp",
          "lossless_palette.webp",
          "lossless_profile.webp",
          "lossless_on_canvas.webp",
          "lossy_simple_filter.webp",
          "lossy_partitions.webp",
          "half_rows.jpg",
          "profile.jpg",
          "cmyk_progressive.jpg",
          "stored_rgb.jpg",
          "ycbcr_tiff_lzw.tif",
          "cmyk_jpeg.tif");

  private final Map<String, byte[]> files = new TreeMap<>();

  private ImageCorpus() {}

  /** The files' contents by their names. */
  static Map<String, byte[]> files() {
    ImageCorpus corpus = new ImageCorpus();
    try {
      corpus.drawTiff();
      corpus.drawTiffOfTheJdk();
      corpus.drawPng();
      corpus.drawBmp();
      corpus.drawPnm();
      corpus.drawJpeg();
      corpus.drawGif();
      corpus.addEncoded();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return corpus.files;
  }

  static void write(Path folder) throws IOException {
    for (var file : files().entrySet()) {
      Files.write(folder.resolve(file.getKey()), file.getValue());
    }
  }

  /** A sample of 16 bits; bands 0 to 2 are red, green and blue, 3 is opacity or black. */
  static int sample(int x, int y, int band) {
    return switch (band) {
      case 0 -> x * 65535 / (WIDTH - 1);
      case 1 -> y * 65535 / (HEIGHT - 1);
      case 2 -> (x * 5 + y * 3) * 200 & 0xffff;
      default -> (x * y * 97 + 4000) & 0xffff;
    };
  }

  /** All samples, pixel by pixel, of so many bits. */
  static long[] samples(int bands, int bits) {
    long[] samples = new long[WIDTH * HEIGHT * bands];
    for (int i = 0; i < samples.length; i++) {
      int pixel = i / bands;
      samples[i] = sample(pixel % WIDTH, pixel / WIDTH, i % bands) >> (16 - bits);
    }
    return samples;
  }

  private static long[] reals(int bands, int bits, double scale) {
    long[] samples = samples(bands, 8);
    for (int i = 0; i < samples.length; i++) {
      double value = samples[i] * scale;
      samples[i] =
          bits == 64
              ? Double.doubleToRawLongBits(value)
              : bits == 32
                  ? Float.floatToRawIntBits((float) value) & 0xffffffffL
                  : Float.floatToFloat16((float) value) & 0xffff;
    }
    return samples;
  }

  private void tiff(String name, int bands, long[] samples, Consumer<TiffWriter> choices) {
    TiffWriter writer = new TiffWriter(WIDTH, HEIGHT, bands, samples);
    choices.accept(writer);
    files.put(name + ".tif", writer.write());
  }

  private void drawTiff() {
    for (int layout = 0; layout < 16; layout++) {
      boolean bigEndian = (layout & 1) > 0;
      boolean big = (layout & 2) > 0;
      boolean planar = (layout & 4) > 0;
      boolean tiled = (layout & 8) > 0;
      String name =
          (bigEndian ? "_mm" : "_ii")
              + (big ? "_big" : "")
              + (planar ? "_planar" : "")
              + (tiled ? "_tiled" : "");
      Consumer<TiffWriter> laid =
          w -> {
            w.bigEndian = bigEndian;
            w.big = big;
            w.planar = planar;
            w.tile = tiled ? 16 : 0;
            w.rows = 7;
          };
      tiff("rgb8" + name, 3, samples(3, 8), laid.andThen(w -> w.photometric = 2));
      tiff("rgb16" + name, 3, samples(3, 16), laid.andThen(deep(2, 16, TiffWriter.LZW, 2)));
      tiff("cmyk8" + name, 4, samples(4, 8), laid.andThen(deep(5, 8, TiffWriter.DEFLATE, 2)));
      tiff("real32" + name, 3, reals(3, 32, 1 / 255.0), laid.andThen(real(2, 32, 3)));
      tiff("real64" + name, 1, reals(1, 64, 1), laid.andThen(real(1, 64, 1)));
    }
    for (int bits = 1; bits <= 16; bits++) {
      int depth = bits;
      tiff("grey" + bits, 1, samples(1, bits), deep(1, depth, TiffWriter.NONE, 1));
      tiff("white" + bits, 1, samples(1, bits), deep(0, depth, TiffWriter.PACK_BITS, 1));
      tiff("rgb" + bits, 3, samples(3, bits), deep(2, depth, TiffWriter.DEFLATE, 1));
    }
    for (int bits : new int[] {8, 16}) {
      for (int compression : new int[] {1, 5, 8, 32773, 32946}) {
        int coded = compression == 32946 ? TiffWriter.DEFLATE : compression;
        for (int predictor = 1; predictor <= (coded == 5 || coded == 8 ? 2 : 1); predictor++) {
          String name = "rgba" + bits + "_c" + compression + "_p" + predictor;
          int chosen = predictor;
          tiff(name, 4, samples(4, bits), deep(2, bits, coded, chosen).andThen(extra(2)));
        }
      }
    }
    for (int bits : new int[] {1, 2, 4, 8}) {
      tiff(
          "palette" + bits,
          1,
          samples(1, bits),
          deep(3, bits, TiffWriter.LZW, 1).andThen(w -> w.more.put(320, colours(1 << bits))));
    }
    tiff("real16", 1, reals(1, 16, 1 / 255.0), real(1, 16, 1));
    tiff("real32_255", 1, reals(1, 32, 1), real(1, 32, 1));
    tiff("real32_p2", 3, reals(3, 32, 1 / 255.0), real(2, 32, 2));
    tiff("grey_opacity", 2, samples(2, 8), extra(2));
    tiff("associated", 4, samples(4, 8), deep(2, 8, 1, 1).andThen(extra(1)));
    tiff(
        "unspecified",
        5,
        samples(5, 8),
        deep(2, 8, 1, 1).andThen(w -> w.more.put(338, new long[] {0, 0})));
    tiff("cmyk_opacity", 5, samples(5, 8), deep(5, 8, 1, 1).andThen(extra(2)));
    tiff("cmyk16", 4, samples(4, 16), deep(5, 16, TiffWriter.DEFLATE, 1));
    tiff("whole32_of_8", 1, samples(1, 8), deep(1, 32, TiffWriter.LZW, 1));
    tiff("whole32_of_16", 1, samples(1, 16), deep(1, 32, TiffWriter.LZW, 2));
    tiff(
        "whole32_full",
        1,
        Arrays.stream(samples(1, 16)).map(v -> v << 16).toArray(),
        deep(1, 32, 8, 2));
    tiff("signed16", 1, samples(1, 15), deep(1, 16, 1, 1).andThen(w -> w.format = 2));
    tiff("signed32", 1, samples(1, 8), deep(1, 32, 1, 1).andThen(w -> w.format = 2));
    tiff("reversed", 1, samples(1, 1), deep(1, 1, 1, 1).andThen(w -> w.reversed = true));
    tiff("pages", 3, samples(3, 8), deep(2, 8, 1, 1).andThen(w -> w.pages = 3));
  }

  private static Consumer<TiffWriter> deep(
      int photometric, int bits, int compression, int predictor) {
    return w -> {
      w.photometric = photometric;
      w.bits = bits;
      w.compression = compression;
      w.predictor = predictor;
    };
  }

  private static Consumer<TiffWriter> real(int photometric, int bits, int predictor) {
    return deep(photometric, bits, TiffWriter.DEFLATE, predictor).andThen(w -> w.format = 3);
  }

  private static Consumer<TiffWriter> extra(int meaning) {
    return w -> w.more.put(338, new long[] {meaning});
  }

  private static long[] colours(int count) {
    long[] map = new long[3 * count];
    for (int i = 0; i < map.length; i++) {
      map[i] = i * 37 % 256 * 257;
    }
    return map;
  }

  static BufferedImage image(int bands, int bits) {
    boolean colour = bands > 2;
    int data = bits == 8 ? DataBuffer.TYPE_BYTE : DataBuffer.TYPE_USHORT;
    boolean alpha = bands % 2 == 0;
    var model =
        new ComponentColorModel(
            ColorSpace.getInstance(colour ? ColorSpace.CS_sRGB : ColorSpace.CS_GRAY),
            alpha,
            false,
            alpha ? Transparency.TRANSLUCENT : Transparency.OPAQUE,
            data);
    WritableRaster raster = model.createCompatibleWritableRaster(WIDTH, HEIGHT);
    for (int i = 0; i < WIDTH * HEIGHT * bands; i++) {
      int pixel = i / bands;
      int band = i % bands;
      int value = sample(pixel % WIDTH, pixel / WIDTH, alpha && band == bands - 1 ? 3 : band);
      raster.setSample(pixel % WIDTH, pixel / WIDTH, band, value >> (16 - bits));
    }
    return new BufferedImage(model, raster, false, null);
  }

  private static BufferedImage indexed(int bits, int transparent) {
    int count = 1 << bits;
    byte[][] map = new byte[3][count];
    for (int i = 0; i < 3 * count; i++) {
      map[i / count][i % count] = (byte) (i * 37);
    }
    var model = new IndexColorModel(bits, count, map[0], map[1], map[2], transparent);
    WritableRaster raster = model.createCompatibleWritableRaster(WIDTH, HEIGHT);
    for (int i = 0; i < WIDTH * HEIGHT; i++) {
      int value = sample(i % WIDTH, i / WIDTH, 0) >> (16 - bits);
      raster.setSample(i % WIDTH, i / WIDTH, 0, value);
    }
    return new BufferedImage(model, raster, false, null);
  }

  private void encode(String name, String format, BufferedImage image, String compression)
      throws IOException {
    ImageWriter writer =
        ImageIO.getImageWriters(ImageTypeSpecifier.createFromRenderedImage(image), format).next();
    ImageWriteParam param = writer.getDefaultWriteParam();
    if (compression != null) {
      param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
      param.setCompressionType(compression);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (var stream = ImageIO.createImageOutputStream(out)) {
      writer.setOutput(stream);
      writer.write(null, new IIOImage(image, null, null), param);
    }
    writer.dispose();
    files.put(name, out.toByteArray());
  }

  private void drawTiffOfTheJdk() throws IOException {
    for (String compression : new String[] {"LZW", "ZLib", "PackBits", "Deflate"}) {
      encode("jdk_rgb_" + compression + ".tif", "tiff", image(3, 8), compression);
      encode("jdk_grey16_" + compression + ".tif", "tiff", image(1, 16), compression);
    }
    BufferedImage bits = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_BYTE_BINARY);
    for (int i = 0; i < WIDTH * HEIGHT; i++) {
      bits.getRaster().setSample(i % WIDTH, i / WIDTH, 0, sample(i % WIDTH, i / WIDTH, 2) >> 15);
    }
    for (String compression : new String[] {"CCITT RLE", "CCITT T.4", "CCITT T.6"}) {
      encode("jdk_" + compression.replace(' ', '_') + ".tif", "tiff", bits, compression);
    }
    encode("jdk_jpeg.tif", "tiff", image(3, 8), "JPEG");
    encode("jdk_jpeg_grey.tif", "tiff", image(1, 8), "JPEG");
  }

  private void drawPng() throws IOException {
    for (int bits : new int[] {8, 16}) {
      for (int bands = 1; bands <= 4; bands++) {
        encode("bands" + bands + "_" + bits + ".png", "png", image(bands, bits), null);
      }
    }
    for (int bits : new int[] {1, 2, 4, 8}) {
      encode("palette" + bits + ".png", "png", indexed(bits, -1), null);
      encode("palette" + bits + "_transparent.png", "png", indexed(bits, 1), null);
      files.put("grey" + bits + ".png", png(bits, 0, new byte[0]));
      files.put("grey" + bits + "_transparent.png", png(bits, 0, chunk("tRNS", new byte[] {0, 1})));
    }
    byte[] frames = {0, 0, 0, 3, 0, 0, 0, 0};
    files.put("animated.png", png(8, 0, chunk("acTL", frames)));
  }

  /** Grey PNG files of fewer than eight bits, which the JDK does not write. */
  private static byte[] png(int bits, int colour, byte[] more) {
    ByteArrayOutputStream rows = new ByteArrayOutputStream();
    long[] samples = samples(1, bits);
    for (int y = 0; y < HEIGHT; y++) {
      rows.write(0);
      rows.writeBytes(packed(samples, y, bits));
    }
    ByteBuffer header = ByteBuffer.allocate(13).putInt(WIDTH).putInt(HEIGHT);
    header.put((byte) bits).put((byte) colour);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes("\u0089PNG\r\n\u001a\n".getBytes(StandardCharsets.ISO_8859_1));
    out.writeBytes(chunk("IHDR", header.array()));
    out.writeBytes(more);
    out.writeBytes(chunk("IDAT", TiffWriter.deflated(rows.toByteArray())));
    out.writeBytes(chunk("IEND", new byte[0]));
    return out.toByteArray();
  }

  private static byte[] packed(long[] samples, int y, int bits) {
    byte[] row = new byte[(WIDTH * bits + 7) / 8];
    for (int x = 0; x < WIDTH; x++) {
      int at = x * bits;
      row[at / 8] |= (byte) (samples[y * WIDTH + x] << (8 - bits - at % 8));
    }
    return row;
  }

  static byte[] chunk(String type, byte[] content) {
    CRC32 crc = new CRC32();
    crc.update(type.getBytes(StandardCharsets.ISO_8859_1));
    crc.update(content);
    return ByteBuffer.allocate(12 + content.length)
        .putInt(content.length)
        .put(type.getBytes(StandardCharsets.ISO_8859_1))
        .put(content)
        .putInt((int) crc.getValue())
        .array();
  }

  private void drawBmp() throws IOException {
    encode("rgb.bmp", "bmp", image(3, 8), null);
    encode("grey.bmp", "bmp", image(1, 8), null);
    for (int bits : new int[] {1, 4, 8}) {
      encode("palette" + bits + ".bmp", "bmp", indexed(bits, -1), null);
    }
    encode("rle8.bmp", "bmp", indexed(8, -1), "BI_RLE8");
    encode("rle4.bmp", "bmp", indexed(4, -1), "BI_RLE4");
    files.put("555.bmp", bmp(16, new int[] {10, 5, 0}, new int[] {5, 5, 5}));
    files.put("565.bmp", bmp(16, new int[] {11, 5, 0}, new int[] {5, 6, 5}));
    files.put("888.bmp", bmp(32, new int[] {16, 8, 0}, new int[] {8, 8, 8}));
  }

  /** A BMP whose header has the masks of its colours. */
  private static byte[] bmp(int bits, int[] shift, int[] depth) {
    int row = (WIDTH * bits / 8 + 3) / 4 * 4;
    ByteBuffer out = ByteBuffer.allocate(66 + row * HEIGHT).order(ByteOrder.LITTLE_ENDIAN);
    out.put((byte) 'B').put((byte) 'M').putInt(out.capacity()).putInt(0).putInt(66);
    out.putInt(40).putInt(WIDTH).putInt(HEIGHT).putShort((short) 1).putShort((short) bits);
    out.putInt(3).putInt(row * HEIGHT).putInt(2835).putInt(2835).putInt(0).putInt(0);
    for (int c = 0; c < 3; c++) {
      out.putInt((1 << depth[c]) - 1 << shift[c]);
    }
    for (int y = HEIGHT - 1; y >= 0; y--) {
      int start = out.position();
      for (int x = 0; x < WIDTH; x++) {
        int value = 0;
        for (int c = 0; c < 3; c++) {
          value |= sample(x, y, c) >> (16 - depth[c]) << shift[c];
        }
        if (bits == 16) {
          out.putShort((short) value);
        } else {
          out.putInt(value);
        }
      }
      out.position(start + row);
    }
    return out.array();
  }

  private void drawPnm() {
    for (int bands : new int[] {1, 3}) {
      for (int maximum : new int[] {255, 100, 4095, 65535, 1000}) {
        String name = (bands == 1 ? "grey" : "rgb") + maximum;
        String type = bands == 1 ? ".pgm" : ".ppm";
        long[] samples = samples(bands, 16);
        for (int i = 0; i < samples.length; i++) {
          samples[i] = samples[i] * maximum / 65535;
        }
        files.put(name + "_ascii" + type, ascii(bands == 1 ? 2 : 3, maximum, samples));
        files.put(name + type, binary(bands == 1 ? 5 : 6, maximum, samples));
      }
    }
    files.put("bitmap_ascii.pbm", ascii(1, 0, samples(1, 1)));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes("P4\n# a comment\n45 31\n".getBytes(StandardCharsets.US_ASCII));
    for (int y = 0; y < HEIGHT; y++) {
      out.writeBytes(packed(samples(1, 1), y, 1));
    }
    files.put("bitmap.pbm", out.toByteArray());
  }

  private static byte[] ascii(int type, int maximum, long[] samples) {
    StringBuilder text = new StringBuilder("P" + type + " 45 31\n");
    text.append(maximum > 0 ? maximum + "\n" : "");
    for (long sample : samples) {
      text.append(sample).append(type == 1 ? "" : " ");
    }
    return text.append('\n').toString().getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] binary(int type, int maximum, long[] samples) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    String header = "P" + type + "\n45 31\n" + maximum + "\n";
    out.writeBytes(header.getBytes(StandardCharsets.US_ASCII));
    for (long sample : samples) {
      if (maximum > 255) {
        out.write((int) sample >> 8);
      }
      out.write((int) sample);
    }
    return out.toByteArray();
  }

  private void drawJpeg() throws IOException {
    encode("rgb.jpg", "jpeg", image(3, 8), null);
    encode("grey.jpg", "jpeg", image(1, 8), null);
    files.put("jfif_and_adobe.jpg", withAdobe(files.get("rgb.jpg"), 0));
    WritableRaster inks =
        Raster.createInterleavedRaster(DataBuffer.TYPE_BYTE, WIDTH, HEIGHT, 4, null);
    for (int i = 0; i < WIDTH * HEIGHT * 4; i++) {
      int pixel = i / 4;
      int value = sample(pixel % WIDTH, pixel / WIDTH, i % 4) >> 8;
      inks.setSample(pixel % WIDTH, pixel / WIDTH, i % 4, value);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    try (var stream = ImageIO.createImageOutputStream(out)) {
      writer.setOutput(stream);
      writer.write(new IIOImage(inks, null, null));
    }
    writer.dispose();
    files.put("inks.jpg", out.toByteArray());
    files.put("inks_adobe.jpg", withAdobe(out.toByteArray(), 0));
    files.put("inks_ycck.jpg", withAdobe(out.toByteArray(), 2));
  }

  /** The JPEG with Adobe's marker, which names the transform of the colours. */
  private static byte[] withAdobe(byte[] jpeg, int transform) {
    ByteBuffer out = ByteBuffer.allocate(jpeg.length + 16);
    out.put(jpeg, 0, 2).putShort((short) 0xffee).putShort((short) 14);
    out.put("Adobe".getBytes(StandardCharsets.US_ASCII)).putShort((short) 100).putInt(0);
    return out.put((byte) transform).put(jpeg, 2, jpeg.length - 2).array();
  }

  private void drawGif() throws IOException {
    encode("palette.gif", "gif", indexed(8, -1), null);
    encode("palette_transparent.gif", "gif", indexed(4, 3), null);
    files.put("on_canvas.gif", onCanvas(files.get("palette.gif"), 60, 40, 9, 5));
    files.put(
        "on_canvas_transparent.gif", onCanvas(files.get("palette_transparent.gif"), 60, 40, 9, 5));
    files.put("no_palette.gif", withoutPalette(files.get("palette.gif")));
    files.put("beyond_canvas.gif", onCanvas(files.get("palette.gif"), 30, 20, 9, 5));
  }

  /**
   * Files of encoders that Java does not have: Pillow's, most as image_references.py has them;
   * OpenCV's for half rows; libwebp's for the simple filter and several partitions.
   */
  private void addEncoded() throws IOException {
    for (String name : ENCODED) {
      try (var in = ImageCorpus.class.getResourceAsStream("/image/" + name)) {
        files.put(name, in.readAllBytes());
      }
    }
  }

  /** The GIF without the file's palette. */
  private static byte[] withoutPalette(byte[] gif) {
    int rest = 13 + 3 * (2 << (gif[10] & 7));
    ByteBuffer out = ByteBuffer.allocate(gif.length - rest + 13);
    out.put(gif, 0, 13).put(gif, rest, gif.length - rest);
    return out.put(10, (byte) 0).array();
  }

  /** The GIF with its frame moved on a canvas of another size. */
  private static byte[] onCanvas(byte[] gif, int width, int height, int left, int top) {
    ByteBuffer out = ByteBuffer.wrap(gif.clone()).order(ByteOrder.LITTLE_ENDIAN);
    out.putShort(6, (short) width).putShort(8, (short) height);
    int at = 13 + (gif[10] < 0 ? 3 * (2 << (gif[10] & 7)) : 0);
    while (gif[at] != 0x2c) {
      at += 2;
      while (gif[at] != 0) {
        at += 1 + (gif[at] & 0xff);
      }
      at++;
    }
    return out.putShort(at + 1, (short) left).putShort(at + 3, (short) top).array();
  }
}
