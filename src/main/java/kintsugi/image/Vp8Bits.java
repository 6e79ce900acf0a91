package kintsugi.image;

/** The arithmetic decoder of VP8 (RFC 6386, section 7); beyond the end of its data it reads 0. */
final class Vp8Bits {
  private final byte[] bytes;
  private final int end;
  private int at;
  private int value;
  private int range = 255;
  private int shifted;
  private int missing;

  Vp8Bits(byte[] bytes, int from, int end) {
    this.bytes = bytes;
    this.at = from;
    this.end = end;
    value = next() << 8;
    value |= next();
  }

  private int next() {
    if (at < end) {
      return bytes[at++] & 0xff;
    }
    missing++;
    return 0;
  }

  /** Whether more was read than two bytes beyond the end, which the decoder reads ahead. */
  boolean hasRunOut() {
    return missing > 2;
  }

  /** A bit that is 0 with a probability in 256ths. */
  int bit(int probability) {
    int split = 1 + ((range - 1) * probability >> 8);
    int bit = value >= split << 8 ? 1 : 0;
    if (bit == 1) {
      range -= split;
      value -= split << 8;
    } else {
      range = split;
    }
    while (range < 128) {
      value <<= 1;
      range <<= 1;
      if (++shifted == 8) {
        shifted = 0;
        value |= next();
      }
    }
    return bit;
  }

  boolean flag() {
    return bit(128) == 1;
  }

  /** A number of some bits, the highest first. */
  int number(int bits) {
    int number = 0;
    for (int i = 0; i < bits; i++) {
      number = number << 1 | bit(128);
    }
    return number;
  }

  /** A number and its sign, or 0 where a flag says that there is none. */
  int optional(int bits) {
    if (!flag()) {
      return 0;
    }
    int number = number(bits);
    return flag() ? -number : number;
  }
}
