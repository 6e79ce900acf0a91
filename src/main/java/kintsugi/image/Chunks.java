package kintsugi.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A chunk of a PNG or of a WebP.
 *
 * @param type its four letters
 * @param from where its content begins in the file
 * @param length bytes of its content
 */
record Chunks(String type, int from, int length) {
  private static final int PNG_SIGNATURE = 8;
  private static final int RIFF_HEADER = 12;

  /** The chunks of a PNG, as far as they are whole: length, type, content, checksum. */
  static List<Chunks> ofPng(byte[] bytes) {
    List<Chunks> chunks = new ArrayList<>();
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    long at = PNG_SIGNATURE;
    while (at + 12 <= bytes.length) {
      long length = buffer.getInt((int) at) & 0xffffffffL;
      if (at + 12 + length > bytes.length) {
        break;
      }
      chunks.add(new Chunks(type(bytes, (int) at + 4), (int) at + 8, (int) length));
      at += 12 + length;
    }
    return chunks;
  }

  /** The chunks of a WebP, as far as they are whole. */
  static List<Chunks> ofWebp(byte[] bytes) {
    return within(bytes, RIFF_HEADER, bytes.length);
  }

  /** The chunks of a part of a WebP: type, length, content, an even number of bytes. */
  static List<Chunks> within(byte[] bytes, int from, int end) {
    List<Chunks> chunks = new ArrayList<>();
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    long at = from;
    while (at + 8 <= end) {
      long length = buffer.getInt((int) at + 4) & 0xffffffffL;
      if (at + 8 + length > end) {
        break;
      }
      chunks.add(new Chunks(type(bytes, (int) at), (int) at + 8, (int) length));
      at += 8 + length + length % 2;
    }
    return chunks;
  }

  int end() {
    return from + length;
  }

  private static String type(byte[] bytes, int at) {
    return new String(bytes, at, 4, StandardCharsets.ISO_8859_1);
  }

  byte[] content(byte[] file) {
    return Arrays.copyOfRange(file, from, from + length);
  }

  /** The frames of an animated PNG, or 1. */
  static int pngFrames(byte[] bytes) {
    return ofPng(bytes).stream()
        .filter(chunk -> chunk.type.equals("acTL") && chunk.length >= 8)
        .mapToInt(chunk -> ByteBuffer.wrap(bytes).getInt(chunk.from))
        .findFirst()
        .orElse(1);
  }

  /** The frames of an animated WebP, or 1. */
  static int webpFrames(byte[] bytes) {
    long frames = ofWebp(bytes).stream().filter(chunk -> chunk.type.equals("ANMF")).count();
    return (int) Math.max(1, frames);
  }
}
