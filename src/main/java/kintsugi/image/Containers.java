package kintsugi.image;

import java.awt.image.WritableRaster;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The way from a file's bytes to its samples, by container. */
final class Containers {
  private static final String FIRST = "; the first is used";

  private Containers() {}

  /**
   * The samples of a file.
   *
   * @throws UnsupportedImageException naming a kind that is not read
   * @throws IOException if the file is broken
   */
  static DecodedImage read(EncodedImage file, Decoding decoding) throws IOException {
    byte[] bytes = file.bytes();
    if (Jpeg.isJpeg(bytes)) {
      return jpeg(file, decoding);
    }
    if (TiffDirectory.isTiff(bytes)) {
      return tiff(file, decoding);
    }
    if (Gif.isGif(bytes)) {
      return Gif.of(bytes).compose(plain(file, decoding));
    }
    if (Pnm.isPnm(bytes)) {
      return Pnm.read(file, decoding);
    }
    if (begins(bytes, 0, "\u0089PNG")) {
      return png(file, decoding);
    }
    if (begins(bytes, 0, "RIFF") && begins(bytes, 8, "WEBP")) {
      return WebP.read(file, decoding);
    }
    String foreign = ForeignImages.name(bytes);
    if (foreign != null) {
      throw new UnsupportedImageException("is " + foreign + "; save it as PNG or TIFF");
    }
    return plain(file, decoding);
  }

  private static boolean begins(byte[] bytes, int at, String text) {
    byte[] wanted = text.getBytes(StandardCharsets.ISO_8859_1);
    return bytes.length >= at + wanted.length
        && Arrays.equals(bytes, at, at + wanted.length, wanted, 0, wanted.length);
  }

  private static DecodedImage plain(EncodedImage file, Decoding decoding) {
    return DecodedImage.of(Readers.read(file, decoding));
  }

  /** The JDK's reader, except for what it takes for something else. */
  private static DecodedImage jpeg(EncodedImage file, Decoding decoding) throws IOException {
    JpegMarkers markers = JpegMarkers.of(file.bytes());
    if (markers.unsupported() != null) {
      throw new UnsupportedImageException(
          "is " + markers.unsupported() + "; save it as PNG or TIFF");
    }
    JpegColours colours = JpegColours.of(markers);
    if (colours.isReadByTheJdk(markers)) {
      return plain(file, decoding);
    }
    WritableRaster raster = Readers.storedJpeg(file, decoding);
    JpegChroma.interpolate(raster, markers);
    return colours.decoded(raster).withProfile(Profiles.parse(markers.profile()));
  }

  private static DecodedImage tiff(EncodedImage file, Decoding decoding) throws IOException {
    TiffDirectory directory = new TiffDirectory(file.bytes());
    if (!Tiff.isLeftToOthers(directory)) {
      return Tiff.read(file, directory, decoding);
    }
    DecodedImage image = plain(file, decoding);
    int pages = directory.pages();
    return pages > 1 ? image.withNote("has " + pages + " pages" + FIRST) : image;
  }

  private static DecodedImage png(EncodedImage file, Decoding decoding) {
    DecodedImage image = plain(file, decoding).withProfile(Profiles.ofPng(file.bytes()));
    int frames = Chunks.pngFrames(file.bytes());
    return frames > 1 ? image.withNote("has " + frames + " frames" + FIRST) : image;
  }
}
