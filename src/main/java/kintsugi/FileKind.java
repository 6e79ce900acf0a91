package kintsugi;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The kind of a file by its first bytes, so that a file that is not what its name says is called by
 * its kind: a Git LFS pointer, a web page that a download left in place of the file, an archive.
 */
public enum FileKind {
  /** A file without bytes. */
  EMPTY("an empty file"),
  /** The text that Git keeps in place of a large file. */
  LFS_POINTER("a Git LFS pointer, not the file itself: run git lfs pull"),
  /** HTML, usually an error or a page that leads to the file. */
  WEB_PAGE("a web page, not the file itself: download the file that it leads to"),
  /** XML, such as a storage server's error message. */
  XML("an XML text, such as a server's error message, not the file itself"),
  /** JSON, such as the index of a checkpoint in parts. */
  JSON("a JSON text"),
  /** Any other text. */
  TEXT("a plain text"),
  /** An image of any format. */
  IMAGE("an image"),
  /** A PDF. */
  PDF("a PDF document"),
  /** A compressed file or an archive. */
  ARCHIVE("a compressed file or archive (gzip, bzip2, xz, zstd, 7z or rar): unpack it first"),
  /** A tar, the format of PyTorch's first versions among others. */
  TAR("a tar archive: unpack it first"),
  /** Any zip, a checkpoint of torch or NumPy among others. */
  ZIP("a zip archive"),
  /** HDF5, as Keras and MATLAB write it. */
  HDF5("an HDF5 file, as Keras and MATLAB write it"),
  /** A graph of TensorFlow. */
  TENSORFLOW("a file of TensorFlow"),
  /** A pickle that {@code torch.save} did not write. */
  PICKLE("a Python pickle that torch.save did not write"),
  /** PyTorch's format before version 1.6. */
  TORCH("a checkpoint of PyTorch"),
  /** One array of NumPy. */
  NUMPY("an array of NumPy"),
  /** Safetensors, as weights and models have it. */
  SAFETENSORS("a safetensors file"),
  /** A Protocol Buffers message that begins as ONNX does. */
  ONNX("an ONNX graph"),
  /** Anything else. */
  UNKNOWN("of an unknown format");

  /** The bytes that tell the kind; a tar is recognised at byte 257. */
  private static final int HEAD = 1024;

  private static final int TAR_MARK = 257;

  /** The maximum length of a safetensors header in the reference implementation. */
  private static final long MAX_SAFETENSORS_HEADER = 100_000_000;

  /** First bytes as ISO 8859-1, {@code ?} for any byte. The first that fits decides. */
  private static final List<Magic> MAGIC =
      List.of(
          new Magic("version https://git-lfs", LFS_POINTER),
          new Magic("PK\3\4", ZIP),
          new Magic("PK\5\6", ZIP),
          new Magic("\u00ff\u00d8\u00ff", IMAGE),
          new Magic("\u0089PNG", IMAGE),
          new Magic("GIF8", IMAGE),
          new Magic("II*\0", IMAGE),
          new Magic("MM\0*", IMAGE),
          new Magic("II+\0", IMAGE),
          new Magic("MM\0+", IMAGE),
          new Magic("RIFF????WEBP", IMAGE),
          new Magic("BM????\0\0\0\0", IMAGE),
          new Magic("\0\0\0\fjP  ", IMAGE),
          new Magic("\u00ffO\u00ffQ", IMAGE),
          new Magic("????ftypavif", IMAGE),
          new Magic("????ftyphei", IMAGE),
          new Magic("8BPS", IMAGE),
          new Magic("%PDF", PDF),
          new Magic("\u001f\u008b", ARCHIVE),
          new Magic("BZh", ARCHIVE),
          new Magic("\u00fd7zXZ\0", ARCHIVE),
          new Magic("(\u00b5/\u00fd", ARCHIVE),
          new Magic("7z\u00bc\u00af'\u001c", ARCHIVE),
          new Magic("Rar!\u001a\7", ARCHIVE),
          new Magic("\u0089HDF\r\n\u001a\n", HDF5),
          new Magic("????TFL3", TENSORFLOW),
          new Magic("\u0093NUMPY", NUMPY),
          new Magic("\u0080?\u008a\nl\u00fc\u009cF\u00f9 j\u00a8P\u0019", TORCH));

  private record Magic(String bytes, FileKind kind) {
    boolean begins(String head) {
      if (head.length() < bytes.length()) {
        return false;
      }
      for (int i = 0; i < bytes.length(); i++) {
        if (bytes.charAt(i) != '?' && bytes.charAt(i) != head.charAt(i)) {
          return false;
        }
      }
      return true;
    }
  }

  private final String description;

  FileKind(String description) {
    this.description = description;
  }

  /** {@return the words after "is", such as {@code a JSON text}} */
  public String description() {
    return description;
  }

  /**
   * {@return the kind of a file}
   *
   * @param file the file
   * @throws IOException if it cannot be read
   */
  public static FileKind of(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return of(in.readNBytes(HEAD));
    }
  }

  /**
   * {@return the kind of a file's bytes}
   *
   * @param bytes the whole file, or at least its first 1024 bytes
   */
  public static FileKind of(byte[] bytes) {
    if (bytes.length == 0) {
      return EMPTY;
    }
    String head = new String(bytes, 0, Math.min(bytes.length, HEAD), StandardCharsets.ISO_8859_1);
    Optional<Magic> magic = MAGIC.stream().filter(m -> m.begins(head)).findFirst();
    if (magic.isPresent()) {
      return magic.get().kind;
    }
    if (head.startsWith("ustar", TAR_MARK)) {
      return TAR;
    }
    if (head.matches("(?s)P[1-7]\\s.*")) {
      return IMAGE;
    }
    if (isSafetensors(head)) {
      return SAFETENSORS;
    }
    FileKind text = text(Arrays.copyOf(bytes, head.length()));
    return text == UNKNOWN ? binary(head) : text;
  }

  /** A length in eight bytes, little-endian, and the brace of the header. */
  private static boolean isSafetensors(String head) {
    if (head.length() < 9 || head.charAt(8) != '{') {
      return false;
    }
    long length = 0;
    for (int i = 7; i >= 0; i--) {
      length = length << 8 | head.charAt(i);
    }
    return length >= 2 && length <= MAX_SAFETENSORS_HEADER;
  }

  /** Pickles and Protocol Buffers messages, which have no signature but typical beginnings. */
  private static FileKind binary(String head) {
    if (head.length() > 1 && head.charAt(0) == 0x80 && head.charAt(1) <= 5) {
      return PICKLE;
    }
    // TensorFlow's frozen graph is a list of nodes; its saved model begins as ONNX does.
    if (head.charAt(0) == '\n' && (head.contains("Placeholder") || head.contains("Const"))) {
      return TENSORFLOW;
    }
    return head.charAt(0) == 8 ? ONNX : UNKNOWN;
  }

  private static FileKind text(byte[] bytes) {
    boolean wide =
        bytes.length > 1 && (bytes[0] == -1 && bytes[1] == -2 || bytes[0] == -2 && bytes[1] == -1);
    String text = new String(bytes, wide ? StandardCharsets.UTF_16 : StandardCharsets.UTF_8);
    // The last character may be cut in two.
    String whole = text.length() > 1 ? text.substring(0, text.length() - 1) : text;
    if (!whole.codePoints().allMatch(FileKind::isText)) {
      return UNKNOWN;
    }
    String start = text.replace("\ufeff", "").stripLeading().toLowerCase(Locale.ROOT);
    if (start.startsWith("<")) {
      boolean page = start.contains("<html") || start.contains("<!doctype html");
      return page || start.matches("<(head|body|script|title|h1|p)\\b(?s:.*)") ? WEB_PAGE : XML;
    }
    boolean json = start.matches("(?s)[{\\[]\\s*([\"{\\[\\]}0-9-]|true|false|null).*");
    return json ? JSON : TEXT;
  }

  private static boolean isText(int c) {
    return c >= ' ' && c != 0x7f && c != 0xfffd || c == '\t' || c == '\n' || c == '\r' || c == '\f';
  }
}
