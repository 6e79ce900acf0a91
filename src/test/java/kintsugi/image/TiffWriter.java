package kintsugi.image;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.zip.Deflater;

/** A writer of the TIFF kinds that are tested: any depth, order, layout, compression, predictor. */
final class TiffWriter {
  static final int NONE = 1;
  static final int LZW = 5;
  static final int DEFLATE = 8;
  static final int PACK_BITS = 32773;

  private final int width;
  private final int height;
  private final int bands;
  private final long[] samples;

  int bits = 8;
  int photometric = 1;
  int format = 1;
  boolean planar;
  boolean bigEndian;
  boolean big;
  int tile;
  int rows;
  int compression = NONE;
  int predictor = 1;
  int pages = 1;
  boolean reversed;
  final TreeMap<Integer, long[]> more = new TreeMap<>();

  /** Samples as their bits, band by band within a pixel. */
  TiffWriter(int width, int height, int bands, long[] samples) {
    this.width = width;
    this.height = height;
    this.bands = bands;
    this.samples = samples;
    this.rows = height;
  }

  byte[] write() {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    List<Long> offsets = new ArrayList<>();
    List<Long> lengths = new ArrayList<>();
    for (int band = 0; band < (planar ? bands : 1); band++) {
      for (int y = 0; y < height; y += tile > 0 ? tile : rows) {
        for (int x = 0; x < width; x += tile > 0 ? tile : width) {
          byte[] block = block(x, y, band);
          offsets.add((long) (big ? 16 : 8) + body.size());
          lengths.add((long) block.length);
          body.writeBytes(block);
          body.writeBytes(new byte[block.length % 2]);
        }
      }
    }
    return file(body.toByteArray(), fields(offsets, lengths));
  }

  private TreeMap<Integer, long[]> fields(List<Long> offsets, List<Long> lengths) {
    TreeMap<Integer, long[]> fields = new TreeMap<>(more);
    long[] depths = new long[bands];
    Arrays.fill(depths, bits);
    long[] formats = new long[bands];
    Arrays.fill(formats, format);
    fields.put(256, new long[] {width});
    fields.put(257, new long[] {height});
    fields.put(258, depths);
    fields.put(259, new long[] {compression});
    fields.put(262, new long[] {photometric});
    fields.put(266, new long[] {reversed ? 2 : 1});
    fields.put(277, new long[] {bands});
    fields.put(284, new long[] {planar ? 2 : 1});
    fields.put(317, new long[] {predictor});
    fields.put(339, formats);
    fields.put(tile > 0 ? 324 : 273, offsets.stream().mapToLong(v -> v).toArray());
    fields.put(tile > 0 ? 325 : 279, lengths.stream().mapToLong(v -> v).toArray());
    if (tile > 0) {
      fields.put(322, new long[] {tile});
      fields.put(323, new long[] {tile});
    } else {
      fields.put(278, new long[] {rows});
    }
    return fields;
  }

  /** Header, body, and the same directory as often as there are pages. */
  private byte[] file(byte[] body, TreeMap<Integer, long[]> fields) {
    ByteBuffer out = ByteBuffer.allocate(1 << 20);
    out.order(bigEndian ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
    out.put((bigEndian ? "MM" : "II").getBytes());
    out.putShort((short) (big ? 43 : 42));
    if (big) {
      out.putShort((short) 8).putShort((short) 0);
    }
    int link = out.position();
    out.position(link + (big ? 8 : 4));
    out.put(body);
    for (int page = 0; page < pages; page++) {
      int directory = out.position();
      putOffset(out, link, directory);
      int entry = big ? 20 : 12;
      int values = directory + (big ? 8 : 2) + fields.size() * entry + (big ? 8 : 4);
      if (big) {
        out.putLong(fields.size());
      } else {
        out.putShort((short) fields.size());
      }
      for (var field : fields.entrySet()) {
        values = putField(out, field.getKey(), field.getValue(), values);
      }
      link = out.position();
      putOffset(out, link, 0);
      out.position(values);
    }
    return Arrays.copyOf(out.array(), out.position());
  }

  private void putOffset(ByteBuffer out, int at, int offset) {
    if (big) {
      out.putLong(at, offset);
    } else {
      out.putInt(at, offset);
    }
  }

  /** Writes an entry, of 16-bit values except for places and lengths; returns where more go. */
  private int putField(ByteBuffer out, int tag, long[] content, int values) {
    boolean place = tag == 273 || tag == 279 || tag == 324 || tag == 325;
    int size = place ? 4 : 2;
    out.putShort((short) tag).putShort((short) (place ? 4 : 3));
    int inline = big ? 8 : 4;
    if (big) {
      out.putLong(content.length);
    } else {
      out.putInt(content.length);
    }
    int next = out.position() + inline;
    boolean fits = content.length * size <= inline;
    if (!fits) {
      putOffset(out, out.position(), values);
      out.position(values);
    }
    for (long value : content) {
      if (place) {
        out.putInt((int) value);
      } else {
        out.putShort((short) value);
      }
    }
    int end = fits ? values : out.position() + out.position() % 2;
    out.position(next);
    return end;
  }

  private byte[] block(int left, int top, int band) {
    int columns = tile > 0 ? tile : width;
    int lines = tile > 0 ? tile : Math.min(rows, height - top);
    int of = planar ? 1 : bands;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int y = top; y < top + lines; y++) {
      long[] row = new long[columns * of];
      for (int i = 0; i < row.length; i++) {
        int x = left + i / of;
        boolean inside = x < width && y < height;
        row[i] = inside ? samples[(y * width + x) * bands + (planar ? band : i % of)] : 0;
      }
      out.writeBytes(row(row, of));
    }
    byte[] coded = compressed(out.toByteArray());
    for (int i = 0; i < coded.length && reversed; i++) {
      coded[i] = (byte) (Integer.reverse(coded[i]) >>> 24);
    }
    return coded;
  }

  private byte[] row(long[] row, int of) {
    if (predictor == 2) {
      for (int i = row.length - 1; i >= of; i--) {
        row[i] -= row[i - of];
      }
    }
    int count = (row.length * bits + 7) / 8;
    byte[] bytes = new byte[count];
    boolean whole = bits % 8 == 0;
    for (int i = 0; i < row.length; i++) {
      for (int b = 0; b < bits; b++) {
        boolean swapped = whole && !bigEndian && predictor != 3;
        int at = i * bits + (swapped ? bits - 8 - b / 8 * 8 + b % 8 : b);
        bytes[at / 8] |= (byte) ((row[i] >>> (bits - 1 - b) & 1) << (7 - at % 8));
      }
    }
    return predictor == 3 ? scattered(bytes, row.length, of) : bytes;
  }

  private byte[] scattered(byte[] bytes, int count, int of) {
    int size = bits / 8;
    byte[] planes = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      planes[i % size * count + i / size] = bytes[i];
    }
    for (int i = planes.length - 1; i >= of; i--) {
      planes[i] -= planes[i - of];
    }
    return planes;
  }

  private byte[] compressed(byte[] plain) {
    return switch (compression) {
      case DEFLATE -> deflated(plain);
      case PACK_BITS -> packed(plain);
      case LZW -> lzw(plain);
      default -> plain;
    };
  }

  static byte[] deflated(byte[] plain) {
    try (Deflater deflater = new Deflater()) {
      deflater.setInput(plain);
      deflater.finish();
      byte[] buffer = new byte[plain.length + 1000];
      return Arrays.copyOf(buffer, deflater.deflate(buffer));
    }
  }

  /** Runs of equal bytes, and pieces of at most three other bytes. */
  private static byte[] packed(byte[] plain) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int at = 0;
    while (at < plain.length) {
      int run = 1;
      while (at + run < plain.length && run < 128 && plain[at + run] == plain[at]) {
        run++;
      }
      if (run > 1) {
        out.write(1 - run);
        out.write(plain[at]);
        at += run;
      } else {
        int piece = Math.min(3, plain.length - at);
        out.write(piece - 1);
        out.write(plain, at, piece);
        at += piece;
      }
    }
    return out.toByteArray();
  }

  private static byte[] lzw(byte[] plain) {
    LzwBits out = new LzwBits();
    var table = new java.util.HashMap<String, Integer>();
    out.put(256, 9);
    int next = 258;
    int width = 9;
    String held = "";
    for (byte b : plain) {
      String longer = held + (char) (b & 0xff);
      if (longer.length() == 1 || table.containsKey(longer)) {
        held = longer;
        continue;
      }
      out.put(held.length() == 1 ? held.charAt(0) : table.get(held), width);
      table.put(longer, next++);
      width = next >= 2048 ? 12 : next >= 1024 ? 11 : next >= 512 ? 10 : 9;
      held = longer.substring(longer.length() - 1);
      if (next == 4094) {
        out.put(256, width);
        table.clear();
        next = 258;
        width = 9;
      }
    }
    out.put(held.length() == 1 ? held.charAt(0) : table.get(held), width);
    next++;
    width = next >= 2048 ? 12 : next >= 1024 ? 11 : next >= 512 ? 10 : 9;
    out.put(257, width);
    return out.end();
  }

  private static final class LzwBits {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private long bits;
    private int held;

    void put(int code, int width) {
      bits = bits << width | code;
      held += width;
      while (held >= 8) {
        held -= 8;
        out.write((int) (bits >> held));
      }
    }

    byte[] end() {
      out.write((int) (bits << (8 - held)));
      return out.toByteArray();
    }
  }
}
