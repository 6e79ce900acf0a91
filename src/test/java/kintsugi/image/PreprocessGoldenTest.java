package kintsugi.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import kintsugi.Golden;
import kintsugi.tensor.Tensor;
import kintsugi.weights.Safetensors;
import kintsugi.weights.StoredTensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PreprocessGoldenTest {
  private static final Preprocessing SHORTER_256_CROP_224 =
      new Preprocessing(
          new TargetSize.ShorterSide(256), Interpolation.BILINEAR, new TargetSize.Exact(224, 224));

  @Test
  void decodedJpegEqualsLibjpeg() {
    Safetensors golden = Golden.tensors("preprocess");
    assertThat(image(golden, "metu").rgb()).isEqualTo(bytes(golden, "metu.decoded_u8"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"dog", "macaroni", "metu"})
  void resizedPixelsEqualPillow(String name) {
    Safetensors golden = Golden.tensors("preprocess");
    Pixels crop = SHORTER_256_CROP_224.crop(image(golden, name));
    assertThat(crop.rgb()).isEqualTo(bytes(golden, name + ".resize256_crop224_u8"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"bilinear", "bicubic"})
  void shrunkPixelsEqualPillow(String filter) {
    Safetensors golden = Golden.tensors("preprocess");
    Interpolation interpolation = Interpolation.valueOf(filter.toUpperCase(java.util.Locale.ROOT));
    Pixels small = Resize.resize(image(golden, "macaroni"), 600, 400, interpolation);
    assertThat(small.rgb()).isEqualTo(bytes(golden, "macaroni.resize_600x400_" + filter + "_u8"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"dog", "macaroni", "metu"})
  void inputEqualsTorch(String name) {
    Safetensors golden = Golden.tensors("preprocess");
    Tensor input = SHORTER_256_CROP_224.apply(image(golden, name));
    Tensor expected = Golden.nhwc(golden.tensors().get(name + ".input").tensor());
    assertThat(input.shape()).isEqualTo(expected.shape());
    for (int i = 0; i < input.size(); i++) {
      assertThat(input.data()[i]).isCloseTo(expected.data()[i], within(1e-6f));
    }
  }

  private static Pixels image(Safetensors golden, String name) {
    return ImageDecoder.read(Golden.file(golden.metadata().get(name)));
  }

  private static byte[] bytes(Safetensors golden, String name) {
    StoredTensor tensor = golden.tensors().get(name);
    byte[] bytes = new byte[tensor.count()];
    tensor.bytes().get(0, bytes);
    return bytes;
  }
}
