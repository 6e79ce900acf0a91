package kintsugi.backbone;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import kintsugi.engine.Engine;
import kintsugi.engine.Network;
import kintsugi.engine.Parallel;
import kintsugi.engine.scalar.ScalarEngine;
import kintsugi.tensor.Tensor;
import kintsugi.tornado.TornadoDevices;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The whole backbone on a device. */
class TornadoBackboneTest {
  private static Parallel parallel;
  private static Engine engine;

  @BeforeAll
  static void findDevice() {
    TornadoDevices.assumeOne();
    parallel = new Parallel(2);
    engine = TornadoDevices.engine(parallel);
  }

  @AfterAll
  static void close() {
    if (parallel != null) {
      parallel.close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"dog", "macaroni", "metu", "odd"})
  void everyTapEqualsTorch(String image) {
    BackboneGoldenTest.check(engine, image);
  }

  @ParameterizedTest
  @CsvSource({"224, 224", "600, 400"})
  void aBatchHasTheSpecificationsBitsAndThoseOfItsImagesAlone(int width, int height) {
    List<String> taps = List.of("layer1", "layer2", "layer3");
    Network network = ResNet.network(ResNet.randomWeights(3), taps);
    Tensor images = Tensor.zeros(8, height, width, 3);
    Random random = new Random(width);
    for (int i = 0; i < images.size(); i++) {
      images.data()[i] = random.nextFloat(-2, 2);
    }
    Engine.Runner runner = engine.prepare(network);
    Map<String, Tensor> features = runner.run(images);
    Map<String, Tensor> expected = new ScalarEngine(parallel).prepare(network).run(images);
    int size = images.size() / 8;
    float[] third = Arrays.copyOfRange(images.data(), 2 * size, 3 * size);
    Map<String, Tensor> alone = runner.run(Tensor.of(third, 1, height, width, 3));
    for (String tap : taps) {
      float[] all = features.get(tap).data();
      assertThat(Arrays.equals(all, expected.get(tap).data())).as(tap).isTrue();
      assertThat(features.get(tap).shape()).isEqualTo(expected.get(tap).shape());
      int one = all.length / 8;
      float[] same = Arrays.copyOfRange(all, 2 * one, 3 * one);
      assertThat(Arrays.equals(alone.get(tap).data(), same)).as(tap).isTrue();
    }
  }
}
