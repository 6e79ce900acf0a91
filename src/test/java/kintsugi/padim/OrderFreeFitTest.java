package kintsugi.padim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import kintsugi.InputException;
import kintsugi.backbone.ResNet;
import kintsugi.dataset.ImageFolder;
import kintsugi.dataset.SyntheticConcrete;
import kintsugi.detector.Choices;
import kintsugi.detector.Fit;
import kintsugi.detector.Model;
import kintsugi.detector.Recipe;
import kintsugi.detector.Session;
import kintsugi.engine.Parallel;
import kintsugi.engine.vector.VectorEngine;
import kintsugi.image.ImageSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Model files that are the same to the byte, however the images came. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OrderFreeFitTest {
  private static final int IMAGES = 13;

  @TempDir static Path folder;

  private final Parallel parallel = new Parallel(2);
  private final Session session =
      Session.strict(new VectorEngine(parallel), parallel, ResNet.randomWeights(1));
  private List<ImageSource> images;

  @BeforeAll
  void draw() {
    SyntheticConcrete.write(folder, IMAGES, 1, 3);
    images =
        ImageFolder.list(folder.resolve(SyntheticConcrete.NORMAL)).stream()
            .map(ImageSource::of)
            .toList();
  }

  @AfterAll
  void close() {
    parallel.close();
  }

  private Fit fit(String recipe) {
    Recipe base =
        new PadimMethod()
            .recipes().stream()
                .filter(each -> each.name().equals(recipe))
                .findFirst()
                .orElseThrow();
    Recipe small = Choices.with(base, Map.of("resize", "64x48", "crop", "same", "channels", 20));
    return new PadimMethod().fit(session, small, 1);
  }

  private byte[] saved(Model model) throws IOException {
    Path file = folder.resolve("model.safetensors");
    model.save(file);
    return Files.readAllBytes(file);
  }

  @ParameterizedTest
  @ValueSource(strings = {"padim/kintsugi", "padim/matlab", "padim/paper"})
  void theModelFileIsTheSameForAnyPartitionOrderAndBatch(String recipe) throws IOException {
    Fit whole = fit(recipe);
    whole.add(images);
    byte[] expected = saved(whole.finish());
    Random random = new Random(7);
    for (int round = 0; round < 6; round++) {
      List<ImageSource> order = new ArrayList<>(images);
      Collections.shuffle(order, random);
      List<Fit> parts = new ArrayList<>();
      int count = round < 5 ? random.nextInt(1, 6) : IMAGES;
      for (int part = 0; part < count; part++) {
        parts.add(fit(recipe));
      }
      for (int from = 0; from < IMAGES; ) {
        int to = Math.min(IMAGES, from + random.nextInt(1, 6));
        parts.get(random.nextInt(count)).add(order.subList(from, to));
        from = to;
      }
      assertThat(saved(merged(parts, random).finish())).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"padim/kintsugi", "padim/matlab"})
  void aFitInPartsHasTheModelFileOfOneFit(String recipe) throws Exception {
    Fit whole = fit(recipe);
    whole.add(images);
    byte[] expected = saved(whole.finish());
    List<byte[]> heads = new ArrayList<>();
    Map<Integer, GaussianSums> sums = new TreeMap<>();
    for (int[] part : new int[][] {{9, 13}, {0, 1}, {1, 9}}) {
      Fit fit = fit(recipe);
      fit.add(images.subList(part[0], part[1]));
      PadimPartition partition = PadimPartition.of(fit);
      heads.add(partition.head());
      partition
          .blocks(7)
          .forEachRemaining(
              block -> sums.merge(block.first(), travelled(block), OrderFreeFitTest::added));
    }
    Collections.shuffle(heads, new Random(1));
    PadimAssembly assembly = PadimAssembly.of(session, heads);
    assertThat(assembly.images()).isEqualTo(IMAGES);
    CovarianceFactoring factoring = travelled(assembly.factoring());
    Path file = folder.resolve("assembled.safetensors");
    assembly.write(
        file,
        sums.values().stream()
            .map(block -> travelled(factoring.factor(block, session.engine(), parallel)))
            .iterator());
    assertThat(Files.readAllBytes(file)).isEqualTo(expected);
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left).noneMatch(path -> path.toString().endsWith(".factors"));
    }
  }

  private static GaussianSums added(GaussianSums sums, GaussianSums others) {
    sums.merge(others);
    return sums;
  }

  @SuppressWarnings("unchecked")
  private static <T> T travelled(T value) {
    try {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
        out.writeObject(value);
      }
      return (T) new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray())).readObject();
    } catch (IOException | ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void sumsOfOtherImagesThanTheHeadsCountedAreRefused() {
    List<byte[]> heads = new ArrayList<>();
    List<GaussianSums> sums = new ArrayList<>();
    for (int from : new int[] {0, 3}) {
      Fit fit = fit("padim/matlab");
      fit.add(images.subList(from, from + 3));
      PadimPartition part = PadimPartition.of(fit);
      heads.add(part.head());
      part.blocks(part.positions()).forEachRemaining(sums::add);
    }
    PadimAssembly assembly = PadimAssembly.of(session, heads);
    GaussianSums all = sums.get(0);
    Path file = folder.resolve("lost.safetensors");
    // The second part's sums never come; then they come twice.
    for (int images : new int[] {3, 9}) {
      var block = assembly.factoring().factor(travelled(all), session.engine(), parallel);
      assertThatThrownBy(() -> assembly.write(file, List.of(block).iterator()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "the sums of position 0 are of " + images + " images where the parts counted 6");
      assertThat(file).doesNotExist();
      all.merge(sums.get(1));
      all.merge(sums.get(1));
    }
  }

  @Test
  void partsThatDoNotBelongTogetherAreRefused() {
    List<byte[]> heads = new ArrayList<>();
    List<GaussianSums> blocks = new ArrayList<>();
    for (String recipe : List.of("padim/matlab", "padim/paper", "padim/matlab")) {
      Fit fit = fit(recipe);
      fit.add(images.subList(0, 3));
      PadimPartition part = PadimPartition.of(fit);
      heads.add(part.head());
      part.blocks(30).forEachRemaining(blocks::add);
    }
    assertThatThrownBy(() -> PadimAssembly.of(session, heads))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("it was fitted with other choices");
    // The same images twice are two parts.
    PadimAssembly assembly = PadimAssembly.of(session, List.of(heads.get(0), heads.get(2)));
    assertThat(assembly.images()).isEqualTo(6);
    assertThatThrownBy(() -> blocks.get(0).merge(blocks.get(1)))
        .hasMessageContaining("of other positions");
    Path file = folder.resolve("refused.safetensors");
    var factored = assembly.factoring().factor(blocks.get(1), session.engine(), parallel);
    assertThatThrownBy(() -> assembly.write(file, List.of(factored).iterator()))
        .hasMessage("the block of position 30 comes where that of 0 is needed");
    assertThat(file).doesNotExist();
    assertThatThrownBy(() -> PadimAssembly.of(session, List.of()))
        .isInstanceOf(InputException.class);
    Path alone = folder.resolve("head.safetensors");
    assertThatThrownBy(
            () -> {
              Files.write(alone, heads.get(0));
              Fit.load(alone, session).finish();
            })
        .hasMessageContaining("its sums are elsewhere");
  }

  /** Merges in any order, through files every other time; a part may have seen nothing. */
  private Fit merged(List<Fit> parts, Random random) {
    Collections.shuffle(parts, random);
    List<Fit> seen = new ArrayList<>(parts.stream().filter(part -> part.count() > 0).toList());
    for (int i = 0; i < seen.size(); i++) {
      if (random.nextBoolean()) {
        Path file = folder.resolve("part-" + i + ".safetensors");
        seen.get(i).save(file);
        seen.set(i, Fit.load(file, session));
      }
    }
    while (seen.size() > 1) {
      Fit other = seen.remove(random.nextInt(seen.size()));
      seen.get(random.nextInt(seen.size())).merge(other);
    }
    return seen.getFirst();
  }
}
