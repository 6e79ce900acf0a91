package kintsugi.detector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import kintsugi.Golden;
import kintsugi.embedding.LocalEmbedding;
import kintsugi.engine.Convolutions;
import kintsugi.engine.Parallel;
import kintsugi.engine.VectorEngine;
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

  private static List<Path> files(Safetensors golden, String list) {
    return Stream.of(golden.metadata().get(list).split(",")).map(Golden::file).toList();
  }

  @ParameterizedTest
  @EnumSource(Convolutions.class)
  void anomalib(Convolutions convolutions) {
    Safetensors golden = Golden.tensors("patchcore-anomalib");
    Session session = session(convolutions);
    PatchCoreRecipe recipe =
        (PatchCoreRecipe)
            PatchCoreRecipe.ANOMALIB.with(Map.of("resize", "384x256", "projection", "none"));
    Tensor expected = golden.tensors().get("embedding").tensor();
    assertClose(embedding(session, recipe, files(golden, "train")), expected, 1e-4);
    // The bank of the reference: its picks of its own embedding.
    int[] picks = golden.tensors().get("coreset_index").ints();
    Tensor bank = kintsugi.engine.Rows.of(expected).gather(picks);
    check(session, recipe, new InputSize(384, 256), bank, golden);
  }

  @ParameterizedTest
  @EnumSource(Convolutions.class)
  void amazon(Convolutions convolutions) {
    Safetensors golden = Golden.tensors("patchcore-amazon");
    Session session = session(convolutions);
    PatchCoreRecipe recipe = PatchCoreRecipe.AMAZON;
    List<Path> train = files(golden, "train");
    Tensor all = embedding(session, recipe, train);
    Tensor first = embedding(session, recipe, train.subList(0, 1));
    assertClose(first, golden.tensors().get("embedding_of_first_train_image").tensor(), 1e-4);
    check(session, recipe, new InputSize(224, 224), all, golden);
  }

  private Tensor embedding(Session session, PatchCoreRecipe recipe, List<Path> files) {
    LocalEmbedding local =
        new LocalEmbedding(recipe.taps(), recipe.neighbourhood(), recipe.width());
    List<Tensor> patches = new ArrayList<>();
    new FeatureExtractor(session, recipe, null)
        .extract(files, "test", block -> patches.add(local.embed(block.features(), parallel)));
    assertThat(patches).hasSize(1);
    int d = patches.getFirst().dim(3);
    return patches.getFirst().reshape(patches.getFirst().size() / d, d);
  }

  private void check(
      Session session, PatchCoreRecipe recipe, InputSize size, Tensor bank, Safetensors golden) {
    BankFacts facts = new BankFacts(0, 0, bank.dim(0), 0, 0);
    PatchCoreDetector detector = new PatchCoreDetector(recipe, size, bank, facts);
    double[] scores = golden.tensors().get("score").doubles();
    Tensor maps = golden.tensors().get("map").tensor();
    List<AnomalyDetector.Scored> scored = new ArrayList<>();
    detector.score(session, files(golden, "test"), "test", scored::add);
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
