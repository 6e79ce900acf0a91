package kintsugi.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * The EXIF orientation of an image file. Only the way to this one tag is read: nothing is inflated,
 * and no other metadata can make it fail or take long.
 */
final class Orientation {
  private static final int PNG_DATA = chunk("IDAT");
  private static final int PNG_EXIF = chunk("eXIf");
  private static final int RIFF_EXIF = Integer.reverseBytes(chunk("EXIF"));
  private static final byte START_OF_SCAN = (byte) 0xda;
  private static final byte[] JPEG_EXIF = {'E', 'x', 'i', 'f', 0, 0};

  private Orientation() {}

  /** The tag 0x0112 of a file; 1 where it is absent or unreadable. */
  static int of(byte[] file) {
    try {
      ByteBuffer exif = exif(ByteBuffer.wrap(file));
      return exif == null ? 1 : TiffHeader.orientation(exif);
    } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
      return 1;
    }
  }

  /** The EXIF data in its byte order, null where there is none; a TIFF file is EXIF data itself. */
  private static ByteBuffer exif(ByteBuffer file) {
    ByteBuffer data =
        switch (file.getInt(0)) {
          case ImageHeader.PNG -> png(file);
          case ImageHeader.RIFF -> webp(file.order(ByteOrder.LITTLE_ENDIAN));
          default -> file.getShort(0) == (short) 0xffd8 ? jpeg(file) : file;
        };
    if (data == null) {
      return null;
    }
    data.order(ByteOrder.BIG_ENDIAN);
    return switch (data.getInt(0)) {
      case 0x4d4d002a, 0x4d4d002b -> data;
      case 0x49492a00, 0x49492b00 -> data.order(ByteOrder.LITTLE_ENDIAN);
      default -> null;
    };
  }

  private static ByteBuffer jpeg(ByteBuffer file) {
    int at = 2;
    while (file.get(at) == (byte) 0xff && file.get(at + 1) != START_OF_SCAN) {
      int marker = file.get(at + 1) & 0xff;
      int length = Math.max(2, file.getShort(at + 2) & 0xffff);
      boolean named = file.slice(at + 4, JPEG_EXIF.length).equals(ByteBuffer.wrap(JPEG_EXIF));
      if (marker == 0xe1 && named) {
        return file.slice(at + 10, length - 8);
      }
      at += 2 + length;
    }
    return null;
  }

  private static ByteBuffer png(ByteBuffer file) {
    int at = 8;
    while (file.getInt(at + 4) != PNG_DATA) {
      int length = Math.max(0, file.getInt(at));
      if (file.getInt(at + 4) == PNG_EXIF) {
        return file.slice(at + 8, length);
      }
      at = Math.addExact(at, Math.addExact(length, 12));
    }
    return null;
  }

  private static ByteBuffer webp(ByteBuffer file) {
    int at = 12;
    while (file.getInt(at) != RIFF_EXIF) {
      int length = Math.max(0, file.getInt(at + 4));
      at = Math.addExact(at, Math.addExact(8, length + (length & 1)));
    }
    int length = file.getInt(at + 4);
    boolean named = file.slice(at + 8, JPEG_EXIF.length).equals(ByteBuffer.wrap(JPEG_EXIF));
    return named ? file.slice(at + 14, length - 6) : file.slice(at + 8, length);
  }

  private static int chunk(String name) {
    return ByteBuffer.wrap(name.getBytes(StandardCharsets.ISO_8859_1)).getInt();
  }
}
