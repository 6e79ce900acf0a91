package kintsugi.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import kintsugi.Golden;
import kintsugi.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointTest {
  @TempDir static Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"zip.pth", "legacy.pth", "nested.pth"})
  void filesOfTorchHaveTheExpectedValues(String name) {
    Map<String, StoredTensor> read = Checkpoint.read(Golden.file("golden/checkpoints/" + name));
    Map<String, StoredTensor> expected =
        Safetensors.read(Golden.file("golden/checkpoints/expected.safetensors")).tensors();
    assertThat(read.keySet()).isEqualTo(expected.keySet());
    expected.forEach(
        (key, tensor) -> {
          assertThat(read.get(key).shape()).as(key).isEqualTo(tensor.shape());
          assertThat(read.get(key).floats()).as(key).isEqualTo(tensor.floats());
        });
  }

  @Test
  void aMachineOfTheOtherByteOrderWroteTheSame() throws IOException {
    Path original = Golden.file("golden/checkpoints/zip.pth");
    Path swapped = folder.resolve("big.pth");
    int[] sizes = {4, 2, 2, 8, 8, 4, 4, 4};
    try (ZipFile in = new ZipFile(original.toFile());
        ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(swapped))) {
      for (ZipEntry entry : Collections.list(in.entries())) {
        byte[] bytes = in.getInputStream(entry).readAllBytes();
        String name = entry.getName();
        out.putNextEntry(new ZipEntry(name));
        if (name.endsWith("byteorder")) {
          bytes = "big".getBytes(StandardCharsets.US_ASCII);
        } else if (name.matches("zip/data/\\d")) {
          bytes = swapped(bytes, sizes[name.charAt(name.length() - 1) - '0']);
        }
        out.write(bytes);
      }
    }
    Map<String, StoredTensor> expected = Checkpoint.read(original);
    Map<String, StoredTensor> read = Checkpoint.read(swapped);
    expected.forEach(
        (name, tensor) -> assertThat(read.get(name).floats()).as(name).isEqualTo(tensor.floats()));
  }

  private static byte[] swapped(byte[] bytes, int size) {
    byte[] swapped = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      swapped[i] = bytes[i / size * size + size - 1 - i % size];
    }
    return swapped;
  }

  @Test
  void valuesThatAreNotFiniteAndTensorsThatOverlapAreNamed() throws IOException {
    Path file = folder.resolve("nan.safetensors");
    float[] values = {1, Float.NaN};
    new Safetensors(Map.of(), Map.of("a.weight", StoredTensor.of(values, 2))).write(file);
    assertThatThrownBy(() -> Weights.read(file))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(file + ": its tensor a.weight has the value NaN");
    Map<String, StoredTensor> two = new LinkedHashMap<>();
    two.put("a", StoredTensor.of(new float[4], 4));
    two.put("b", StoredTensor.of(new float[4], 4));
    new Safetensors(Map.of(), two).write(file);
    byte[] bytes = Files.readAllBytes(file);
    String header = new String(bytes, StandardCharsets.ISO_8859_1);
    Files.write(file, header.replace("[16,32]", "[08,24]").getBytes(StandardCharsets.ISO_8859_1));
    assertThatThrownBy(() -> Checkpoint.read(file)).isInstanceOf(InputException.class);
    Files.write(file, header.replace("[16,32]", "[4,20] ").getBytes(StandardCharsets.ISO_8859_1));
    assertThatThrownBy(() -> Checkpoint.read(file)).hasMessageContaining("b overlaps another");
    Files.write(file, header.replace("\"b\"", "\"a\"").getBytes(StandardCharsets.ISO_8859_1));
    assertThatThrownBy(() -> Checkpoint.read(file))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("twice");
  }

  @Test
  void aModulesDictionaryIsRead() {
    Map<String, StoredTensor> read = Checkpoint.read(Golden.file("golden/checkpoints/module.pth"));
    assertThat(read).containsKeys("0.weight", "0.bias", "1.running_mean");
  }

  @Test
  void aListThatContainsItselfIsRefused() throws IOException {
    // Protocol 4: an empty list, kept, appended to itself, in place of a module's name.
    byte[] pickle = {(byte) 0x80, 4, ']', 'q', 0, 'h', 0, 'a', 'h', 0, (byte) 0x93, '.'};
    Path file = folder.resolve("cycle.pth");
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(file))) {
      out.putNextEntry(new ZipEntry("x/data.pkl"));
      out.write(pickle);
    }
    assertThatThrownBy(() -> Checkpoint.read(file))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("instead of a text");
  }

  @Test
  void aPickleThatCallsIsRefusedByTheNameItCalls() {
    assertThatThrownBy(() -> Checkpoint.read(Golden.file("golden/checkpoints/malicious.pth")))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("posix.system")
        .hasMessageContaining("malicious.pth");
    assertThat(Path.of("PWNED")).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource({
    "resnet18-5c106cde.truncated_1MiB.pth, it is a tar",
    "resnet18-f37072fd.truncated_579901.pth, cut zip"
  })
  void torchvisionsFilesCutShortAreRefused(String name, String why) {
    assertThatThrownBy(() -> Checkpoint.read(Golden.file("weights/fragments/" + name)))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(name)
        .hasMessageContaining(why);
  }

  @Test
  void theSameNetworkAsOnnxHasTheSameValues() {
    Map<String, StoredTensor> onnx =
        Checkpoint.read(Golden.file("weights/resnet18-imagenet1k-v1-features.onnx"));
    Map<String, StoredTensor> safetensors =
        Checkpoint.read(Golden.file("weights/resnet18-imagenet1k-v1-features.safetensors"));
    assertThat(onnx.keySet()).containsAll(safetensors.keySet());
    safetensors.forEach(
        (name, tensor) -> assertThat(onnx.get(name).floats()).isEqualTo(tensor.floats()));
  }

  @Test
  void exportersNumbersBecomeThePathsOfTheirConvolutions() throws IOException {
    byte[] tensor =
        message(
            field(1, 2),
            field(2, 1),
            field(8, "onnx::Conv_193"),
            field(9, new byte[] {0, 0, 0, 64, 0, 0, -64, 64}));
    byte[] node =
        message(
            field(1, "input"),
            field(1, "onnx::Conv_193"),
            field(3, "/layer1/layer1.0/conv1/Conv"),
            field(4, "Conv"));
    byte[] graph = message(field(1, node), field(5, tensor));
    Path file = Files.write(folder.resolve("x.onnx"), message(field(1, 8), field(7, graph)));
    Map<String, StoredTensor> read = Checkpoint.read(file);
    assertThat(read).containsOnlyKeys("layer1.0.conv1.weight");
    assertThat(read.get("layer1.0.conv1.weight").floats()).containsExactly(2, 6);
  }

  private static byte[] field(int number, int value) {
    return new byte[] {(byte) (number << 3), (byte) value};
  }

  private static byte[] field(int number, String text) {
    return field(number, text.getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] field(int number, byte[] bytes) {
    byte[] field = new byte[bytes.length + 2];
    field[0] = (byte) (number << 3 | 2);
    field[1] = (byte) bytes.length;
    System.arraycopy(bytes, 0, field, 2, bytes.length);
    return field;
  }

  private static byte[] message(byte[]... fields) {
    ByteBuffer all = ByteBuffer.allocate(Arrays.stream(fields).mapToInt(f -> f.length).sum());
    Arrays.stream(fields).forEach(all::put);
    return all.array();
  }

  private static byte[] npy(String descr, boolean fortran, String shape, ByteBuffer values) {
    String header =
        "{'descr': '"
            + descr
            + "', 'fortran_order': "
            + (fortran ? "True" : "False")
            + ", 'shape': ("
            + shape
            + "), }\n";
    ByteBuffer file =
        ByteBuffer.allocate(10 + header.length() + values.capacity())
            .order(ByteOrder.LITTLE_ENDIAN);
    file.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
    file.putShort((short) header.length());
    file.put(header.getBytes(StandardCharsets.US_ASCII));
    return file.put(values.rewind()).array();
  }

  private static ByteBuffer values(ByteOrder order) {
    ByteBuffer values = ByteBuffer.allocate(24).order(order);
    for (int i = 0; i < 6; i++) {
      values.putFloat(i);
    }
    return values;
  }

  @Test
  void numpysFilesInEitherOrderAloneZippedAndInAFolder() throws IOException {
    byte[] rows = npy("<f4", false, "2, 3", values(ByteOrder.LITTLE_ENDIAN));
    byte[] columns = npy(">f4", true, "2, 3", values(ByteOrder.BIG_ENDIAN));
    Path arrays = Files.createDirectories(folder.resolve("arrays"));
    Files.write(arrays.resolve("module.a.npy"), rows);
    Files.write(arrays.resolve("module.b.npy"), columns);
    Path zip = folder.resolve("arrays.npz");
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(zip))) {
      for (String name : List.of("a", "b")) {
        out.putNextEntry(new ZipEntry(name + ".npy"));
        out.write(name.equals("a") ? rows : columns);
      }
    }
    for (Path file : List.of(arrays, zip)) {
      Map<String, StoredTensor> read = Checkpoint.read(file);
      assertThat(read).containsOnlyKeys("a", "b");
      assertThat(read.get("a").floats()).containsExactly(0, 1, 2, 3, 4, 5);
      assertThat(read.get("b").floats()).containsExactly(0, 2, 4, 1, 3, 5);
      assertThat(Weights.read(file).fingerprint()).matches("sha256:[0-9a-f]{64}");
    }
    assertThat(Checkpoint.read(arrays.resolve("module.a.npy"))).containsOnlyKeys("a");
    Path objects = folder.resolve("o.npy");
    Files.write(objects, npy("|O", false, "1,", ByteBuffer.allocate(8)));
    assertThatThrownBy(() -> Checkpoint.read(objects)).hasMessageContaining("NumPy type is O");
  }

  @Test
  void batchNormsAreFoldedInFp64() {
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    tensors.put("conv1.weight", StoredTensor.of(new float[] {1, 2, 3, 4}, 2, 2, 1, 1));
    tensors.put("bn1.weight", StoredTensor.of(new float[] {2, -1}, 2));
    tensors.put("bn1.bias", StoredTensor.of(new float[] {10, 20}, 2));
    tensors.put("bn1.running_mean", StoredTensor.of(new float[] {3, 5}, 2));
    tensors.put("bn1.running_var", StoredTensor.of(new float[] {4, 0.25f}, 2));
    tensors.put("bn1.num_batches_tracked", StoredTensor.of(new int[] {7}, 1));
    tensors.put("fc.bias", StoredTensor.of(new float[] {1}, 1));
    Map<String, StoredTensor> folded = BatchNorm.fold(tensors);
    assertThat(folded).containsOnlyKeys("conv1.weight", "conv1.bias", "fc.bias");
    double s0 = 2 / Math.sqrt(4 + 1e-5);
    double s1 = -1 / Math.sqrt(0.25 + 1e-5);
    assertThat(folded.get("conv1.weight").floats())
        .containsExactly((float) s0, (float) (2 * s0), (float) (3 * s1), (float) (4 * s1));
    assertThat(folded.get("conv1.bias").floats())
        .containsExactly((float) (10 - 3 * s0), (float) (20 - 5 * s1));
    assertThat(BatchNorm.fold(folded)).isEqualTo(folded);
    tensors.remove("bn1.running_var");
    assertThatThrownBy(() -> BatchNorm.fold(tensors))
        .hasMessageContaining("bn1.running_var is missing");
  }

  static List<String> files() {
    return List.of(
        "golden/checkpoints/zip.pth",
        "golden/checkpoints/legacy.pth",
        "golden/checkpoints/nested.pth",
        "golden/checkpoints/malicious.pth",
        "golden/checkpoints/expected.safetensors");
  }

  /** Bytes changed, cut off and overwritten at random: the only exception is the project's. */
  @ParameterizedTest
  @MethodSource("files")
  void damagedFilesAreRefusedOrRead(String name) throws IOException {
    byte[] whole = Files.readAllBytes(Golden.file(name));
    hammer(whole, 300);
  }

  @Test
  void damagedGraphsAndArraysAreRefusedOrRead() throws IOException {
    byte[] tensor = message(field(1, 2), field(2, 1), field(8, "a.weight"), field(9, new byte[8]));
    hammer(message(field(1, 8), field(7, message(field(5, tensor)))), 300);
    hammer(npy("<f4", true, "2, 3", values(ByteOrder.LITTLE_ENDIAN)), 300);
  }

  private static void hammer(byte[] whole, int rounds) throws IOException {
    Random random = new Random(whole.length);
    Path file = folder.resolve("fuzz");
    int read = 0;
    for (int round = 0; round < rounds; round++) {
      byte[] bytes = whole.clone();
      for (int change = random.nextInt(4); change >= 0; change--) {
        int at = random.nextInt(bytes.length);
        switch (random.nextInt(4)) {
          case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
          case 1 -> bytes[at] = (byte) random.nextInt(256);
          case 2 -> Arrays.fill(bytes, at, Math.min(bytes.length, at + 8), (byte) 0xff);
          default -> bytes = Arrays.copyOf(bytes, Math.max(1, at));
        }
      }
      Files.write(file, bytes);
      try {
        BatchNorm.fold(Checkpoint.read(file)).values().forEach(StoredTensor::floats);
        read++;
      } catch (InputException e) {
        assertThat(e.getMessage()).startsWith(file.toString()).doesNotContain("\n");
      }
    }
    assertThat(read).isLessThan(rounds);
  }

  @Test
  void aHeaderThatClaimsATerabyteIsAnErrorWithoutAllocation() throws IOException {
    Path array = folder.resolve("huge.npy");
    Files.write(array, npy("<f4", false, "1000000, 1000000", ByteBuffer.allocate(4)));
    assertThatThrownBy(() -> Checkpoint.read(array))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("cut short");
    Path product = folder.resolve("overflow.npy");
    Files.write(product, npy("<f4", false, "99999999999, 99999999999", ByteBuffer.allocate(4)));
    assertThatThrownBy(() -> Checkpoint.read(product)).isInstanceOf(InputException.class);
    Path zip = folder.resolve("bomb.npz");
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(zip))) {
      out.putNextEntry(new ZipEntry("a.npy"));
      out.write(npy("<f4", false, "2500000,", ByteBuffer.allocate(10_000_000)));
      out.closeEntry();
      out.putNextEntry(new ZipEntry("../../b.npy"));
      out.write(npy("<f4", false, "1,", ByteBuffer.allocate(4)));
    }
    assertThatThrownBy(() -> Checkpoint.read(zip))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("claims 10000");
  }

  @Test
  void anEmptyFileAndATextAreNotCheckpoints() throws IOException {
    for (String text : List.of("", "hello", "<html><body>404</body></html>")) {
      Path file = Files.writeString(folder.resolve("text.pth"), text);
      assertThatThrownBy(() -> Checkpoint.read(file))
          .isInstanceOf(InputException.class)
          .hasMessageContaining(file.toString());
    }
  }
}
