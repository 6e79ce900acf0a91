package kintsugi.patchcore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import kintsugi.Golden;
import kintsugi.detector.Choices;
import kintsugi.detector.InputSize;
import kintsugi.detector.Scored;
import kintsugi.detector.Session;
import kintsugi.engine.Convolutions;
import kintsugi.engine.Engine;
import kintsugi.engine.Parallel;
import kintsugi.engine.RowMatrix;
import kintsugi.engine.vector.VectorEngine;
import kintsugi.image.ImageSource;
import kintsugi.tensor.Tensor;
import kintsugi.weights.Safetensors;
import kintsugi.weights.Weights;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** PatchCore from files to scores against values from anomalib's and the authors' own code. */
class PatchCoreGoldenTest {
  private final Parallel parallel = new Parallel(2);

  @AfterEach
  void close() {
    parallel.close();
  }

  private Session session(Convolutions convolutions) {
    Path weights = Golden.file("weights/resnet18-imagenet1k-v1-features.safetensors");
    return Session.strict(
        new VectorEngine(parallel, convolutions), parallel, Weights.read(weights));
  }

  private static List<ImageSource> images(Safetensors golden, String list) {
    return Stream.of(golden.metadata().get(list).split(","))
        .map(Golden::file)
        .map(ImageSource::of)
        .toList();
  }

  @ParameterizedTest
  @EnumSource(Convolutions.class)
  void anomalib(Convolutions convolutions) {
    Safetensors golden = Golden.tensors("patchcore-anomalib");
    Session session = session(convolutions);
    PatchCoreRecipe recipe =
        (PatchCoreRecipe)
            Choices.with(
                PatchCoreRecipe.ANOMALIB, Map.of("resize", "384x256", "projection", "none"));
    Tensor expected = golden.tensors().get("embedding").tensor();
    assertClose(embedding(session, recipe, images(golden, "train")), expected, 1e-4);
    // The bank of the reference: its picks of its own embedding.
    int[] picks = golden.tensors().get("coreset_index").ints();
    Tensor bank = RowMatrix.of(expected).gather(picks);
    check(session, recipe, new InputSize(384, 256), bank, golden);
  }

  @ParameterizedTest
  @EnumSource(Convolutions.class)
  void amazon(Convolutions convolutions) {
    Safetensors golden = Golden.tensors("patchcore-amazon");
    Session session = session(convolutions);
    PatchCoreRecipe recipe = PatchCoreRecipe.AMAZON;
    List<ImageSource> train = images(golden, "train");
    Tensor all = embedding(session, recipe, train);
    Tensor first = embedding(session, recipe, train.subList(0, 1));
    assertClose(first, golden.tensors().get("embedding_of_first_train_image").tensor(), 1e-4);
    check(session, recipe, new InputSize(224, 224), all, golden);
  }

  /** The embeddings of all patches, {@code [N, D]}. */
  private Tensor embedding(Session session, PatchCoreRecipe recipe, List<ImageSource> images) {
    LocalEmbedding local = new LocalEmbedding(recipe.taps(), recipe.neighbourhood());
    Engine.Runner backbone = session.backbone(recipe.taps());
    float[] all = {};
    int d = 0;
    for (ImageSource image : images) {
      Tensor input = recipe.preprocessing().apply(image.read());
      Tensor patches = local.embed(backbone.run(input), parallel);
      d = patches.dim(3);
      all = Arrays.copyOf(all, all.length + patches.size());
      System.arraycopy(patches.data(), 0, all, all.length - patches.size(), patches.size());
    }
    return Tensor.of(all, all.length / d, d);
  }

  private void check(
      Session session, PatchCoreRecipe recipe, InputSize size, Tensor rows, Safetensors golden) {
    MemoryBankSummary summary = new MemoryBankSummary(0, 0, rows.dim(0), 0, 0);
    MemoryBank bank = MemoryBank.of(rows, session.engine());
    Origins origins = Origins.unknown(bank.patches().dim(0));
    PatchCoreDetector detector =
        new PatchCoreDetector(session, recipe, size, bank, origins, summary);
    double[] scores = golden.tensors().get("score").doubles();
    Tensor maps = golden.tensors().get("map").tensor();
    List<Scored> scored = detector.score(images(golden, "test"), "test").toList();
    assertThat(scored).hasSize(scores.length);
    for (int n = 0; n < scores.length; n++) {
      assertThat(scored.get(n).score()).isCloseTo(scores[n], within(1e-3 * scores[n]));
      Tensor expected = maps.part(n);
      float[] map = scored.get(n).map().data();
      for (int i = 0; i < map.length; i++) {
        assertThat(map[i]).isCloseTo(expected.data()[i], within(1e-3f * expected.data()[i]));
      }
    }
  }

  private static void assertClose(Tensor actual, Tensor expected, double bound) {
    assertThat(Golden.relativeError(actual, expected)).isLessThan(bound);
  }
}
