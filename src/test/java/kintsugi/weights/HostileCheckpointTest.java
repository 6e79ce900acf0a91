package kintsugi.weights;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import kintsugi.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that are not checkpoints, or want more than their size justifies: one line each. */
class HostileCheckpointTest {
  @TempDir Path folder;

  private void refused(Path file, String... words) {
    assertThatThrownBy(() -> Weights.read(file))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith(file + ": ")
        .hasMessageContainingAll(words)
        .satisfies(e -> assertThat(e.getMessage()).hasLineCount(1).hasSizeLessThan(600));
  }

  private Path file(String name, byte[]... parts) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return Files.write(folder.resolve(name), all.toByteArray());
  }

  private static byte[] latin1(String text) {
    return text.getBytes(ISO_8859_1);
  }

  private static Path of(String resource) throws URISyntaxException {
    URL url = HostileCheckpointTest.class.getResource("/cases/" + resource);
    return Path.of(url.toURI());
  }

  @ParameterizedTest
  @CsvSource({
    "18-weights-lfs-pointer/lfs.safetensors, is a Git LFS pointer, git lfs pull",
    "18-weights-lfs-pointer/m_lfs_named.png, is a Git LFS pointer, git lfs pull",
    "18-weights-lfs-pointer/html.pth, is a web page, download",
    "34-checkpoint-stack-traces/empty.safetensors, it holds no tensors, (weights)",
    "34-checkpoint-stack-traces/shape_comma.npy, 'the shape (,)', (weights)",
    "34-checkpoint-stack-traces/zero_huge.npy, '[0, 3000000000]', (weights)"
  })
  void sharedCases(String name, String what, String wayOut) throws URISyntaxException {
    Path file = of(name);
    refused(file, what, wayOut);
    if (name.endsWith(".pth")) {
      assertThatThrownBy(() -> Weights.read(file)).hasMessageNotContaining("safetensors");
    }
  }

  @Test
  void aModelThatIsAPointerIsNamed() throws URISyntaxException {
    Path file = of("18-weights-lfs-pointer/lfs.safetensors");
    assertThatThrownBy(() -> Safetensors.read(file))
        .isInstanceOf(InputException.class)
        .hasMessageContainingAll("is a Git LFS pointer", "git lfs pull");
  }

  @ParameterizedTest
  @CsvSource({
    "resnet18.pth, a zip archive that holds resnet18.pth: unpack it first",
    "torch-2.0.dist-info/METADATA, a Python package (wheel)",
    "model.weights.h5, a Keras model",
    "[Content_Types].xml, an Office document",
    "readme.txt, a zip archive without tensors"
  })
  void zipsOfTheWrongKindAreNamed(String entry, String kind) throws IOException {
    Path file = folder.resolve("x.pth");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      TorchWriter.stored(zip, entry, new byte[3]);
    }
    refused(file, "is " + kind);
  }

  @Test
  void otherKindsAreNamed() throws IOException {
    refused(file("a.pth"), "is an empty file");
    refused(file("a.pth", latin1("{\"weight_map\": {}}")), "is a JSON text");
    refused(file("a.pth", latin1("\u0089PNG\r\n\u001a\n")), "is an image");
    refused(file("a.pth", latin1("\u001f\u008b\b\0")), "unpack it first");
    refused(file("a.pth", latin1("\u0080\4\u0095\0\0")), "is a Python pickle that torch.save did");
    refused(file("a.h5", latin1("\u0089HDF\r\n\u001a\n")), "is an HDF5 file");
    refused(file("a.pb", latin1("\b\1\22\4\n\2\10\1")), "no ONNX graph", "TensorFlow");
    refused(file("a.pth", new byte[] {1, 2, 3}), "is of an unknown format");
  }

  @Test
  void manyViewsOfOneStorageExceedTheBudget() throws IOException {
    float[] values = new float[100_000];
    Map<String, Object> views = new LinkedHashMap<>();
    for (int i = 0; i < 40; i++) {
      views.put("t" + i, view(values, 100_000));
    }
    refused(TorchWriter.write(folder.resolve("v.pth"), views), "claims 400000 bytes, more in all");
    views.keySet().removeIf(name -> name.length() > 2);
    views.replaceAll((name, view) -> view(values, 50_000));
    assertThat(Checkpoint.read(TorchWriter.write(folder.resolve("v.pth"), views))).hasSize(10);
  }

  private static TorchWriter.View view(float[] values, long length) {
    return new TorchWriter.View("0", values, 0, List.of(length), List.of(1L));
  }

  @Test
  void viewsBeyondTheirStorageAndOddShapesAreRefused() throws IOException {
    long big = Integer.MAX_VALUE;
    for (List<List<Long>> odd :
        List.of(
            List.of(List.of(5L), List.of(1L)),
            List.of(List.of(2L), List.of(4L)),
            List.of(List.of(-1L), List.of(1L)),
            List.of(List.of(2L), List.of(-1L)),
            List.of(List.of(2L, 2L), List.of(1L)),
            List.of(List.of(0L, big, big), List.of(1L, 1L, 1L)),
            List.of(List.of(big, big, big), List.of(0L, 0L, 0L)))) {
      var view = new TorchWriter.View("0", new float[4], 0, odd.get(0), odd.get(1));
      refused(TorchWriter.write(folder.resolve("v.pth"), Map.of("a", view)), "shape");
    }
    var late = new TorchWriter.View("0", new float[4], 3, List.of(2L), List.of(1L));
    refused(TorchWriter.write(folder.resolve("v.pth"), Map.of("a", late)), "beyond its storage");
  }

  @Test
  void slicesAndCopiesOfAStorageHaveTheRightValues() throws IOException {
    float[] values = {0, 1, 2, 3, 4, 5, 6, 7};
    Map<String, Object> views = new LinkedHashMap<>();
    views.put("slice", new TorchWriter.View("0", values, 2, List.of(2L, 3L), List.of(3L, 1L)));
    views.put("one", new TorchWriter.View("0", values, 1, List.of(1L, 2L), List.of(77L, 1L)));
    views.put("turned", new TorchWriter.View("0", values, 1, List.of(3L, 2L), List.of(1L, 3L)));
    views.put("same", new TorchWriter.View("0", values, 7, List.of(2L), List.of(0L)));
    views.put("empty", new TorchWriter.View("0", values, 8, List.of(0L, 3L), List.of(3L, 1L)));
    Map<String, StoredTensor> read =
        Checkpoint.read(TorchWriter.write(folder.resolve("v.pth"), views));
    assertThat(read.get("slice").floats()).containsExactly(2, 3, 4, 5, 6, 7);
    assertThat(read.get("one").floats()).containsExactly(1, 2);
    assertThat(read.get("turned").floats()).containsExactly(1, 4, 2, 5, 3, 6);
    assertThat(read.get("same").floats()).containsExactly(7, 7);
    assertThat(read.get("empty").floats()).isEmpty();
  }

  @Test
  void inflatedEntriesCountTogether() throws IOException {
    Path file = folder.resolve("bomb.npz");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      for (int i = 0; i < 100; i++) {
        zip.putNextEntry(new ZipEntry(i + ".npy"));
        zip.write(npy("(25000,)", new byte[100_000]));
      }
    }
    refused(file, "claims 100", "more in all than the file's size justifies");
  }

  private static byte[] npy(String shape, byte[] values) {
    String header = "{'descr': '<f4', 'fortran_order': False, 'shape': " + shape + ", }\n";
    ByteBuffer file = ByteBuffer.allocate(10 + header.length() + values.length);
    file.order(ByteOrder.LITTLE_ENDIAN).put(latin1("\u0093NUMPY\1\0"));
    return file.putShort((short) header.length()).put(latin1(header)).put(values).array();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"(,)", "(-1,)", "(1)", "(1,,1)", "(1 1,)", "(99999999999,)", "(0, 3000000000)"})
  void oddShapesOfArraysAreRefused(String shape) throws IOException {
    refused(file("a.npy", npy(shape, new byte[4])), "(weights)");
  }

  @Test
  void arraysWithLongHeadersAndManyDimensionsAreRefused() throws IOException {
    refused(file("a.npy", npy("(" + "1,".repeat(33) + ")", new byte[4])), "(weights)");
    refused(file("b.npy", npy("(" + "1,".repeat(10_000) + ")", new byte[4])), "(weights)");
    refused(file("c.npy", latin1("\u0093NUMPY\2\0\1\0\1\0 ")), "header would be 65537 bytes");
    refused(file("d.npy", latin1("\u0093NUMPY\1\0")), "does not begin like a NumPy file");
    Path named = Files.move(file("e.npy", npy("()", new byte[4])), folder.resolve("x"));
    assertThat(Checkpoint.read(named)).containsOnlyKeys("x");
  }

  @Test
  void aHeaderOfSafetensorsIsBounded() throws IOException {
    refused(safetensors("{\"a\":" + "[".repeat(100_000) + "}"), "nested too deeply");
    refused(safetensors("{\"a\":[" + "0,".repeat(600_000) + "0]}"), "more than 500000 values");
    refused(safetensors("{" + " ".repeat(5_000_000) + "}"), "header would be 5000002 bytes");
    refused(safetensors("{\"a\":" + "9".repeat(100_000) + "}"), "not valid JSON");
    refused(safetensors("{\"a\":null,\"a\":null}"), "a twice");
    refused(safetensors("{\"a\":\"\\u+123\"}"), "");
    refused(safetensors(tensor("[0,3000000000]", 0)), "[0, 3000000000]");
    refused(safetensors(tensor("[" + "1,".repeat(40) + "1]", 4)), "41 dimensions");
    refused(safetensors("{\"a\\n" + "x".repeat(100_000) + "\":1}"), "");
    String deep = "net.".repeat(10_000) + "a";
    String entry = tensor("[1]", 4).replace("\"a\"", "\"" + deep + "\"");
    assertThat(Checkpoint.read(safetensors(entry))).hasSize(1);
  }

  private static String tensor(String shape, int bytes) {
    return "{\"a\":{\"dtype\":\"F32\",\"shape\":" + shape + ",\"data_offsets\":[0," + bytes + "]}}";
  }

  private Path safetensors(String header) throws IOException {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(json.length);
    return file("x.safetensors", length.array(), json, new byte[4]);
  }

  @Test
  void picklesAreBounded() throws IOException {
    refused(pickle("]".repeat(1_100_000)), "its pickle has no end");
    // Lists that hold the one before twice, thirty times: 2^30 items if they were followed.
    StringBuilder bomb = new StringBuilder("}U\1a](K\1K\1eq\0");
    for (int i = 0; i < 30; i++) {
      bomb.append("0](h\0h\0eq\0");
    }
    refused(pickle(bomb + "s"), "holds no tensor");
    // A dictionary that holds itself.
    refused(pickle("}q\0U\1ah\0s"), "holds no tensor");
    // A key that is a tuple of tuples, whose hash would take as long.
    StringBuilder key = new StringBuilder("}K\1q\0");
    for (int i = 0; i < 40; i++) {
      key.append("0h\0h\0\u0086q\0");
    }
    refused(pickle(key + "K\1s"), "holds no tensor");
    refused(pickle("X\u00ff\u00ff\u00ff\u007f"), "cut short");
    refused(pickle("\u008b\u00ff\u00ff\u00ff\u007f"), "cut short");
    refused(pickle("cos\nsystem\n"), "would call os.system");
    refused(pickle("cbuiltins\neval\n"), "would call builtins.eval");
  }

  private Path pickle(String instructions) throws IOException {
    return TorchWriter.write(folder.resolve("p.pth"), TorchWriter.Raw.of(instructions));
  }

  @Test
  void graphsAreBounded() throws IOException {
    byte[] name = field(3, latin1("A".repeat(80_000) + "!"));
    refused(onnx(field(1, name)), "a name of 80001 characters");
    byte[] path = field(3, latin1("/" + "A".repeat(4000) + "!"));
    refused(onnx(field(1, path)), "no initialisers");
    byte[] tensor = concat(new byte[] {8, 1, 16, 1}, field(8, latin1("a")), field(9, new byte[4]));
    assertThat(Checkpoint.read(onnx(field(5, tensor)))).containsOnlyKeys("a");
    refused(onnx(field(5, tensor), field(5, tensor)), "a twice");
    byte[] huge = concat(new byte[] {8, 0, 8, -1, -1, -1, -1, 15, 16, 1}, field(8, latin1("a")));
    refused(onnx(field(5, huge)), "[0, 4294967295]");
    byte[] flat = new byte[40];
    Arrays.fill(flat, 0, 40, (byte) 8);
    refused(onnx(field(5, flat)), "too many dimensions");
    byte[] nodes = new byte[2_000_000];
    for (int i = 0; i < nodes.length; i += 2) {
      nodes[i] = 10;
    }
    refused(onnx(nodes), "more in all than the file's size justifies");
  }

  private Path onnx(byte[]... graph) throws IOException {
    return file("x.onnx", new byte[] {8, 8}, field(7, concat(graph)));
  }

  private static byte[] field(int number, byte[] bytes) {
    ByteArrayOutputStream field = new ByteArrayOutputStream();
    field.write(number << 3 | 2);
    int length = bytes.length;
    for (; length > 127; length >>>= 7) {
      field.write(length & 127 | 128);
    }
    field.write(length);
    field.writeBytes(bytes);
    return field.toByteArray();
  }

  private static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    Arrays.stream(parts).forEach(all::writeBytes);
    return all.toByteArray();
  }

  @Test
  void integersOfAGraphAreNotItsFilters() throws IOException {
    byte[] shape =
        concat(new byte[] {8, 2, 16, 7}, field(8, latin1("shape")), field(7, latin1("\1\177")));
    byte[] tensor = concat(new byte[] {8, 1, 16, 1}, field(8, latin1("a")), field(9, new byte[4]));
    assertThat(Checkpoint.read(onnx(field(5, shape), field(5, tensor)))).containsOnlyKeys("a");
  }
}
