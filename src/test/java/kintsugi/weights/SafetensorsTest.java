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
import java.util.Map;
import kintsugi.InputException;
import kintsugi.tensor.Tensor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsTest {
  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void name() {
    file = folder.resolve("file.safetensors");
  }

  @Test
  void tensorsWrittenAreReadBack() {
    Tensor tensor = Tensor.of(new float[] {1.5f, -2, Float.MIN_VALUE, 4, 5, 6}, 2, 3);
    Map<String, String> metadata = Map.of("say", "\"quoted\" \\ and\nlines, ümlaut");
    new Safetensors(metadata, Map.of("a.b", StoredTensor.of(tensor))).write(file);
    Safetensors read = Safetensors.read(file);
    assertThat(read.metadata()).isEqualTo(metadata);
    assertThat(read.tensors().get("a.b").tensor().data()).isEqualTo(tensor.data());
    assertThat(read.tensors().get("a.b").shape()).containsExactly(2, 3);
    assertThat(folder.toFile().list()).containsExactly("file.safetensors");
  }

  @Test
  void everyElementTypeIsConverted() throws IOException {
    ByteBuffer values = ByteBuffer.allocate(30).order(ByteOrder.LITTLE_ENDIAN);
    values.putDouble(0.25).putLong(-7).putInt(-8).putShort(Float.floatToFloat16(0.5f));
    values.putShort((short) 0x3fc0).putShort((short) -3).put((byte) -1).put((byte) -1);
    write(
        "{\"d\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]},"
            + "\"l\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[8,16]},"
            + "\"i\":{\"dtype\":\"I32\",\"shape\":[1],\"data_offsets\":[16,20]},"
            + "\"h\":{\"dtype\":\"F16\",\"shape\":[1],\"data_offsets\":[20,22]},"
            + "\"b\":{\"dtype\":\"BF16\",\"shape\":[1],\"data_offsets\":[22,24]},"
            + "\"s\":{\"dtype\":\"I16\",\"shape\":[1],\"data_offsets\":[24,26]},"
            + "\"u\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[26,27]},"
            + "\"c\":{\"dtype\":\"I8\",\"shape\":[1],\"data_offsets\":[27,28]}}",
        values.array());
    var tensors = Safetensors.read(file).tensors();
    assertThat(tensors.get("d").doubles()).containsExactly(0.25);
    assertThat(tensors.get("l").ints()).containsExactly(-7);
    assertThat(tensors.get("i").floats()).containsExactly(-8);
    assertThat(tensors.get("h").floats()).containsExactly(0.5f);
    assertThat(tensors.get("b").floats()).containsExactly(1.5f);
    assertThat(tensors.get("s").ints()).containsExactly(-3);
    assertThat(tensors.get("u").ints()).containsExactly(255);
    assertThat(tensors.get("c").ints()).containsExactly(-1);
  }

  @Test
  void aFileCutShortIsRefusedWithItsSize() throws IOException {
    new Safetensors(Map.of(), Map.of("a", StoredTensor.of(Tensor.zeros(100)))).write(file);
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(whole, whole.length - 1));
    assertThatThrownBy(() -> Safetensors.read(file))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(file + ": is cut short")
        .hasMessageContaining("it holds " + (whole.length - 1));
    Files.write(file, Arrays.copyOf(whole, 40));
    assertThatThrownBy(() -> Safetensors.read(file)).hasMessageContaining("is cut short");
  }

  @Test
  void aHeaderThatClaimsTooMuchIsRefusedBeforeAnythingIsAllocated() throws IOException {
    byte[] start = new byte[16];
    Arrays.fill(start, (byte) 0x7f);
    Files.write(file, start);
    assertThatThrownBy(() -> Safetensors.read(file))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("its header would be");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{",
        "[]",
        "{\"a\":3}",
        "{\"a\":{\"dtype\":\"F32\"}}",
        "{\"a\":{\"dtype\":\"F31\",\"shape\":[1],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[4,0]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,8],\"data_offsets\":[0,4]}}",
        "{\"a\":{},\"a\":{}}",
        "{\"a\":[[[[[[[[[[[[[[1]]]]]]]]]]]]]]}",
        "{\"a\":\"\\q\"} ",
        "{}x"
      })
  void aBrokenHeaderIsRefused(String header) throws IOException {
    write(header, new byte[8]);
    assertThatThrownBy(() -> Safetensors.read(file))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith(file + ": is not a safetensors file");
  }

  @Test
  void missingAndMisshapenWeightsAreNamed() {
    new Safetensors(Map.of(), Map.of("conv1.weight", StoredTensor.of(Tensor.zeros(2, 3))))
        .write(file);
    Weights weights = Weights.read(file);
    assertThat(weights.fingerprint()).matches("sha256:[0-9a-f]{64}");
    assertThatThrownBy(() -> weights.require("fc.weight", 1))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("holds no tensor fc.weight");
    assertThatThrownBy(() -> weights.require("conv1.weight", 64, 3, 7, 7))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("[2, 3] where the network has [64, 3, 7, 7]");
  }

  private void write(String header, byte[] values) throws IOException {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer all =
        ByteBuffer.allocate(8 + json.length + values.length).order(ByteOrder.LITTLE_ENDIAN);
    Files.write(file, all.putLong(json.length).put(json).put(values).array());
  }

  @Test
  void theFirstValueThatIsNotFiniteIsFoundWhereverItIs() {
    for (int at : new int[] {0, 1023, 1024, 2499}) {
      float[] values = new float[2500];
      values[at] = at % 2 == 0 ? Float.NaN : Float.NEGATIVE_INFINITY;
      values[2499] = Float.NaN;
      assertThat(StoredTensor.of(values, 2500).firstNotFinite()).isEqualTo(at);
      assertThat(StoredTensor.of(values, 2500).as(StoredTensor.Type.F16).firstNotFinite())
          .isEqualTo(at);
    }
    assertThat(StoredTensor.of(new float[2500], 2500).firstNotFinite()).isEqualTo(-1);
    assertThat(StoredTensor.of(new float[0], 0).firstNotFinite()).isEqualTo(-1);
  }
}
