package kintsugi.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every container, depth, kind of colour and compression, against what Pillow reads.
 *
 * <p>{@code src/test/resources/image/corpus.csv} has Pillow's values of the files that {@link
 * ImageCorpus} writes: a checksum of all pixels, or some pixels of a JPEG. {@code
 * src/test/python/image_references.py} wrote it, and is asked again where Python with Pillow is at
 * hand: {@code python3}, or the interpreter that KINTSUGI_PYTHON names.
 */
class ImageCorpusTest {
  /** Levels by which decoders of lossy files may differ. */
  private static final int TOLERANCE = 2;

  private static final Map<String, byte[]> FILES = ImageCorpus.files();

  @TempDir Path folder;

  static Stream<String> references() throws IOException {
    try (var in = ImageCorpusTest.class.getResourceAsStream("/image/corpus.csv")) {
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII).lines();
    }
  }

  @Test
  void everyFileHasAReference() throws IOException {
    assertThat(references().map(line -> line.substring(0, line.indexOf(','))))
        .containsExactlyInAnyOrderElementsOf(FILES.keySet());
  }

  @ParameterizedTest
  @MethodSource("references")
  void theValuesAreThoseOfPillow(String reference) {
    String[] cells = reference.split(",", -1);
    Pixels read = ImageDecoder.read(cells[0], FILES.get(cells[0]));
    assertThat(read.width() + "x" + read.height()).isEqualTo(cells[1] + "x" + cells[2]);
    ImageKey key = ImageSource.of(cells[0], FILES.get(cells[0])).key(Decoding.DEFAULT);
    assertThat(key.width() + "x" + key.height()).isEqualTo(cells[1] + "x" + cells[2]);
    if (!cells[3].isEmpty()) {
      CRC32 crc = new CRC32();
      crc.update(read.rgb());
      assertThat(String.format("%08x", crc.getValue())).isEqualTo(cells[3]);
      return;
    }
    byte[] picked = HexFormat.of().parseHex(cells[4]);
    int count = read.width() * read.height();
    int step = Math.max(1, count / 16);
    for (int i = 0; i < picked.length; i++) {
      int actual = read.rgb()[(7 + i / 3 * step) * 3 + i % 3] & 0xff;
      assertThat(Math.abs(actual - (picked[i] & 0xff))).as("value " + i).isLessThan(TOLERANCE + 1);
    }
  }

  @Test
  void pillowItselfReadsTheSame() throws Exception {
    String python = python();
    ImageCorpus.write(folder);
    run(python, "src/test/python/image_references.py", folder.toString());
    compareWithReferences();
  }

  @Test
  void filesOfPillowsEncodersAreReadAsPillowReadsThem() throws Exception {
    String python = python();
    run(python, "src/test/python/image_references.py", "--encode", folder.toString());
    compareWithReferences();
  }

  private void compareWithReferences() throws IOException {
    Map<String, Integer> wrong = new TreeMap<>();
    List<Path> references;
    try (var files = Files.list(folder)) {
      references = files.filter(file -> file.toString().endsWith(".rgb")).toList();
    }
    assertThat(references).hasSizeGreaterThan(40);
    for (Path file : references) {
      String name = file.getFileName().toString().replaceFirst("\\.rgb$", "");
      Pixels read = ImageDecoder.read(folder.resolve(name));
      ByteBuffer reference = ByteBuffer.wrap(Files.readAllBytes(file));
      assertThat(read.width()).as(name).isEqualTo(reference.getInt());
      assertThat(read.height()).as(name).isEqualTo(reference.getInt());
      int maximum = 0;
      for (byte value : read.rgb()) {
        maximum = Math.max(maximum, Math.abs((value & 0xff) - (reference.get() & 0xff)));
      }
      // The values of a lossy WebP follow from its data to the bit.
      boolean lossy = name.matches(".*(\\.jpg|jpeg.*|ycbcr.*)");
      if (maximum > (lossy ? TOLERANCE : 0)) {
        wrong.put(name, maximum);
      }
    }
    assertThat(wrong).isEmpty();
  }

  /** The interpreter that has Pillow; the test is skipped where there is none. */
  private static String python() throws Exception {
    String named = System.getenv("KINTSUGI_PYTHON");
    String python = named == null ? "python3" : named;
    boolean found;
    try {
      found = new ProcessBuilder(python, "-c", "import PIL").start().waitFor() == 0;
    } catch (IOException e) {
      found = false;
    }
    assumeTrue(found, python + " with Pillow is not at hand");
    return python;
  }

  private static void run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
  }
}
