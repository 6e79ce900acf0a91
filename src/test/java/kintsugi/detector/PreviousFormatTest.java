package kintsugi.detector;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import kintsugi.dataset.ImageFolder;
import kintsugi.dataset.SyntheticConcrete;
import kintsugi.engine.Gaussians;
import kintsugi.engine.Parallel;
import kintsugi.engine.vector.VectorEngine;
import kintsugi.image.ImageSource;
import kintsugi.padim.CovarianceSummary;
import kintsugi.padim.PadimRecipe;
import kintsugi.patchcore.MemoryBankSummary;
import kintsugi.patchcore.PatchCoreRecipe;
import kintsugi.weights.Safetensors;
import kintsugi.weights.StoredTensor;
import kintsugi.weights.Weights;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Model files of format 2, of release 0.1, are read: their recipes are flat, their Gaussians
 * interleaved, and some names are others.
 */
class PreviousFormatTest {
  private static final int INTERLEAVED = 16;

  private static final String CALIBRATION =
      "{\"low\":0.5,\"high\":3.0,\"threshold\":0.5,\"rule\":\"youden\",\"false_positives\":"
          + "{\"normals\":1,\"found\":0,\"expected\":0.5,\"low\":0.0,\"high\":0.975},"
          + "\"pixel_threshold\":0.25,\"display_low\":0.0,\"display_high\":1.0}";

  @TempDir Path folder;

  private final Parallel parallel = new Parallel(2);
  private Path weights;
  private Session session;
  private List<ImageSource> normal;
  private List<ImageSource> anomalous;

  @BeforeEach
  void draw() {
    weights = TestWeights.write(folder.resolve("weights.safetensors"), 1);
    session = Session.strict(new VectorEngine(parallel), parallel, Weights.read(weights));
    SyntheticConcrete.write(folder, 4, 2, 5);
    normal = images(SyntheticConcrete.NORMAL);
    anomalous = images(SyntheticConcrete.ANOMALOUS);
  }

  private List<ImageSource> images(String name) {
    return ImageFolder.list(folder.resolve(name)).stream().map(ImageSource::of).toList();
  }

  @AfterEach
  void close() {
    parallel.close();
  }

  private Model fitted(Recipe published, Map<String, ?> choices) {
    Recipe recipe = Choices.with(published, choices);
    Fit fit = Methods.named(recipe.method()).fit(session, recipe, 1);
    fit.add(normal);
    return fit.finish();
  }

  /** Writes a file as release 0.1 did, and reads it. */
  private Model read(Model model, String recipe, String facts, Map<String, StoredTensor> tensors) {
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put("kintsugi.format", "2");
    metadata.put("kind", "model");
    metadata.put("weights", "sha256:" + Weights.sha256(weights));
    metadata.put("seed", "1");
    InputSize size = model.detector().inputSize();
    metadata.put(
        "input_size", "{\"width\":%d,\"height\":%d}".formatted(size.width(), size.height()));
    metadata.put("algorithm", model.recipe().method());
    metadata.put("recipe", recipe);
    metadata.put("facts", facts);
    metadata.put("calibration", CALIBRATION);
    Path file = folder.resolve("previous.safetensors");
    new Safetensors(metadata, tensors).write(file);
    Model read = Model.load(file, session);
    assertThat(read.recipe()).isEqualTo(model.recipe());
    assertThat(read.seed()).isEqualTo(1);
    assertThat(read.calibration().map(Calibration::pixelThreshold)).isEqualTo(Optional.of(0.25));
    assertThat(read.detector().summary()).isEqualTo(model.detector().summary());
    return read;
  }

  private void assertSameBits(Model actual, Model expected) {
    List<Scored> scored = actual.detector().score(anomalous, "test").toList();
    List<Scored> wanted = expected.detector().score(anomalous, "test").toList();
    for (int n = 0; n < wanted.size(); n++) {
      assertThat(scored.get(n).map().data()).isEqualTo(wanted.get(n).map().data());
      assertThat(scored.get(n).score()).isEqualTo(wanted.get(n).score());
    }
  }

  @Test
  void padim() {
    // 9x10 positions: the last of six groups of sixteen is not full.
    Model model =
        fitted(PadimRecipe.MATLAB, Map.of("resize", "72x72", "crop", "40x36", "channels", 10));
    String recipe =
        "{\"name\":\"padim/matlab*\",\"resize\":\"72x72\",\"interpolation\":\"bilinear\",\"crop\":"
            + "\"40x36\",\"taps\":[\"layer1.1.bn2\",\"layer2.1.bn2\",\"layer3.1.bn2\"],"
            + "\"channels\":10,\"replacement\":true,\"epsilon\":0.01,"
            + "\"map_interpolation\":\"bilinear\",\"blur_sigma\":4.0,\"border\":\"replicate\","
            + "\"score\":\"mean\",\"threshold\":\"youden\"}";
    CovarianceSummary s = (CovarianceSummary) model.detector().summary();
    String facts =
        ("{\"pictures\":%s,\"channels\":%s,\"median_condition\":%s,\"largest_condition\":%s,"
                + "\"largest_at_row\":%s,\"largest_at_column\":%s,\"least_rank\":%s,"
                + "\"largest_rank\":%s,\"rank_positions\":%s}")
            .formatted(
                s.images(),
                s.channels(),
                s.medianCondition(),
                s.maximumCondition(),
                s.maximumAtRow(),
                s.maximumAtColumn(),
                s.minimumRank(),
                s.maximumRank(),
                s.rankPositions());
    Model read = read(model, recipe, facts, interleaved(model.detector().tensors(), 9, 10, 10));
    assertSameBits(read, model);
    assertThat(read.detector().tensors().get("cholesky_factor").bytes())
        .isEqualTo(model.detector().tensors().get("cholesky_factor").bytes());
  }

  /**
   * {@code mean [groups, D, 16]} and {@code cholesky_factor.G [D(D+1)/2, 16]}: zeros and the
   * identity beyond the last position.
   */
  private static Map<String, StoredTensor> interleaved(
      Map<String, StoredTensor> plain, int height, int width, int d) {
    int positions = height * width;
    int groups = Math.ceilDiv(positions, INTERLEAVED);
    int length = Gaussians.triangle(d);
    float[] mean = plain.get("mean").floats();
    float[] factor = plain.get("cholesky_factor").floats();
    assertThat(mean).hasSize(positions * d);
    assertThat(positions % INTERLEAVED).isPositive();
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    tensors.put("channels", plain.get("channels"));
    tensors.put("grid", StoredTensor.of(new int[] {height, width}, 2));
    float[] means = new float[groups * d * INTERLEAVED];
    for (int i = 0; i < mean.length; i++) {
      int p = i / d;
      means[(p / INTERLEAVED * d + i % d) * INTERLEAVED + p % INTERLEAVED] = mean[i];
    }
    tensors.put("mean", StoredTensor.of(means, groups, d, INTERLEAVED));
    float[] unit = Gaussians.unit(1, 1, d).factor()[0];
    for (int group = 0; group < groups; group++) {
      float[] factors = new float[length * INTERLEAVED];
      for (int i = 0; i < factors.length; i++) {
        int p = group * INTERLEAVED + i % INTERLEAVED;
        int element = i / INTERLEAVED;
        factors[i] = p < positions ? factor[p * length + element] : unit[element];
      }
      tensors.put("cholesky_factor." + group, StoredTensor.of(factors, length, INTERLEAVED));
    }
    return tensors;
  }

  @Test
  void patchCore() {
    Model model = fitted(PatchCoreRecipe.MATLAB, Map.of("resize", "72x72", "crop", "64x64"));
    String recipe =
        "{\"name\":\"patchcore/matlab*\",\"resize\":\"72x72\",\"interpolation\":\"bilinear\","
            + "\"crop\":\"64x64\",\"taps\":[\"layer2\",\"layer3\"],\"neighbourhood\":3,\"width\":0,"
            + "\"projection\":\"none\",\"first_centre\":\"random\",\"ratio\":0.1,\"bank_size\":0,"
            + "\"radius\":0.0,\"k\":1,\"squared\":false,\"reweighting\":9,"
            + "\"map_interpolation\":\"bilinear\",\"blur_sigma\":4.0,\"border\":\"replicate\","
            + "\"score\":\"max\",\"threshold\":\"max-f1\"}";
    MemoryBankSummary s = (MemoryBankSummary) model.detector().summary();
    String facts =
        ("{\"pictures\":%s,\"patches\":%s,\"bank_size\":%s,\"covering_radius\":%s,"
                + "\"directions\":%s}")
            .formatted(s.images(), s.patches(), s.bankSize(), s.coveringRadius(), s.directions());
    assertSameBits(read(model, recipe, facts, model.detector().tensors()), model);
  }

  @Test
  void theAuthorsChoicesThatHaveAValue() {
    Model model = fitted(PatchCoreRecipe.AMAZON, Map.of("resize", "72x72", "crop", "64x64"));
    String recipe =
        "{\"name\":\"patchcore/amazon*\",\"resize\":\"72x72\",\"interpolation\":\"bilinear\","
            + "\"crop\":\"64x64\",\"taps\":[\"layer2\",\"layer3\"],\"neighbourhood\":3,"
            + "\"width\":1024,\"projection\":\"dense:128\",\"first_centre\":\"farthest\","
            + "\"ratio\":0.1,\"bank_size\":0,\"radius\":0.0,\"k\":1,\"squared\":true,"
            + "\"reweighting\":0,\"map_interpolation\":\"bilinear\",\"blur_sigma\":4.0,"
            + "\"border\":\"symmetric\",\"score\":\"max\",\"threshold\":\"max-f1\"}";
    MemoryBankSummary s = (MemoryBankSummary) model.detector().summary();
    String facts =
        ("{\"pictures\":%s,\"patches\":%s,\"bank_size\":%s,\"covering_radius\":%s,"
                + "\"directions\":%s}")
            .formatted(s.images(), s.patches(), s.bankSize(), s.coveringRadius(), s.directions());
    assertSameBits(read(model, recipe, facts, model.detector().tensors()), model);
  }
}
