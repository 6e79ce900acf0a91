package kintsugi.detector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import kintsugi.Version;
import kintsugi.backbone.ResNet;
import kintsugi.engine.Convolutions;
import kintsugi.engine.Parallel;
import kintsugi.engine.vector.VectorEngine;
import kintsugi.image.ImageSource;
import kintsugi.weights.Safetensors;
import kintsugi.weights.Weights;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Which programs computed a fit whose parts come from several, and which files it was fitted to.
 */
class ProvenanceTest {
  private static final Weights WEIGHTS = ResNet.randomWeights(1);

  @TempDir Path folder;

  private final Parallel parallel = new Parallel(2);
  private final Session direct = session(Convolutions.DIRECT);
  private final Session winograd = session(Convolutions.WINOGRAD4);

  private Session session(Convolutions convolutions) {
    return Session.strict(new VectorEngine(parallel, convolutions), parallel, WEIGHTS);
  }

  @AfterEach
  void close() {
    parallel.close();
  }

  private static List<ImageSource> images(int from, int to) {
    return IntStream.range(from, to).mapToObj(n -> FormatGoldenTest.image(n, false)).toList();
  }

  private static Fit fit(Session session, String method) {
    Map<String, String> small = Map.of("resize", "72x72", "crop", "64x64");
    return Methods.named(method).fit(session, Choices.with(Methods.recipe(method), small), 1);
  }

  private Path part(String name, Session session, String method, int from) {
    Path file = folder.resolve(name);
    try (Fit fit = fit(session, method)) {
      fit.add(images(from, from + 3));
      fit.save(file);
    }
    return file;
  }

  private static Optional<Maker> by(String arithmetic) {
    return Optional.of(new Maker(Version.number(), arithmetic));
  }

  private Optional<Maker> fittedBy(Path model) {
    return Model.load(model, direct).provenance().fittedBy();
  }

  private static byte[] merged(Session session, Path model, Path... parts) throws IOException {
    try (Fit first = Fit.load(parts[0], session)) {
      for (int i = 1; i < parts.length; i++) {
        try (Fit other = Fit.load(parts[i], session)) {
          first.merge(other);
        }
      }
      first.finish().save(model);
    }
    return Files.readAllBytes(model);
  }

  @ParameterizedTest
  @ValueSource(strings = {"padim", "patchcore"})
  void theMakersOfAllPartsAreNamed(String method) throws IOException {
    Path a = part("a", winograd, method, 0);
    Path b = part("b", direct, method, 3);
    Path c = part("c", winograd, method, 6);
    Path model = folder.resolve("model");
    byte[] bytes = merged(direct, model, a, b, c);
    assertThat(fittedBy(model)).isEqualTo(by("direct and winograd4"));
    for (byte[] other : List.of(merged(direct, model, c, a, b), merged(winograd, model, b, c, a))) {
      assertThat(fittedBy(model)).isEqualTo(by("direct and winograd4"));
      // A coreset's search begins with the first part's patches.
      assertThat(method.equals("patchcore") || Arrays.equals(other, bytes)).isTrue();
    }
    // Nothing was computed by the session that merges.
    merged(direct, model, a, c);
    assertThat(fittedBy(model)).isEqualTo(by("winograd4"));
    try (Fit continued = Fit.load(model, direct)) {
      continued.add(images(6, 9));
      assertThat(continued.finish().provenance().fittedBy()).isEqualTo(by("direct and winograd4"));
    }
    try (Fit first = fit(direct, method);
        Fit second = fit(winograd, method)) {
      first.add(images(0, 3));
      second.add(images(3, 6));
      first.merge(second);
      assertThat(first.finish().provenance().fittedBy()).isEqualTo(by("direct and winograd4"));
    }
  }

  @Test
  void aPartThatDoesNotSayStaysUnknown() {
    Optional<Maker> unknown = Optional.empty();
    assertThat(Maker.united(List.of(unknown))).isEmpty();
    Optional<Maker> both = Maker.united(List.of(by("winograd4"), unknown));
    assertThat(both.orElseThrow().arithmetic()).isEqualTo("unknown and winograd4");
    assertThat(Maker.united(List.of(by("winograd4"), both))).isEqualTo(both);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\u2028b.png", "a\u0085b.png", "\u2029", "a b\\n.png", "\r\n"})
  void anyNameOfAFileIsListed(String name) {
    Path file = folder.resolve("model");
    try (Fit fit = fit(direct, "padim")) {
      fit.keepTrainingFiles();
      fit.add(images(0, 2));
      fit.add(List.of(ImageSource.of(name, FormatGoldenTest.image(2, false).read())));
      Model model = fit.finish();
      model.save(file);
      List<String> listed = Model.load(file, direct).provenance().trainingFiles();
      assertThat(listed).hasSize(3).isEqualTo(model.provenance().trainingFiles());
    }
  }

  @Test
  void theSameFitWithAndWithoutItsListIsNotMergedTwice() {
    Path plain = part("plain", direct, "padim", 0);
    Path listing = folder.resolve("listing");
    try (Fit fit = fit(direct, "padim")) {
      fit.keepTrainingFiles();
      fit.add(images(0, 3));
      fit.save(listing);
    }
    assertThat(Safetensors.read(listing).tensors()).containsKey(Provenance.TENSOR);
    try (Fit first = Fit.load(plain, direct);
        Fit second = Fit.load(listing, direct)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> first.merge(second))
          .withMessageContaining("it is the same fit");
    }
  }
}
