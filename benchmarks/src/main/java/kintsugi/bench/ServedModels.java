package kintsugi.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import kintsugi.Kintsugi;
import kintsugi.Sha256;
import kintsugi.dataset.SyntheticConcrete;
import kintsugi.detector.Choices;
import kintsugi.detector.Methods;
import kintsugi.detector.Model;
import kintsugi.detector.Recipe;
import kintsugi.weights.Safetensors;
import kintsugi.weights.StoredTensor;
import kintsugi.weights.Weights;

/**
 * What a server is driven with: drawn images, two models of 224x224 that differ, and the score that
 * each model has for each image.
 */
final class ServedModels {
  private static final int IMAGES = 24;

  final Path folder;
  final Path weights;
  final List<Path> models = new ArrayList<>();
  final List<byte[]> good = new ArrayList<>();
  final List<byte[]> bad = new ArrayList<>();

  /** The known scores by the hash of a model, and then of an image. */
  final Map<String, Map<String, Double>> scores = new HashMap<>();

  ServedModels(Path folder, int channels) throws IOException {
    this.folder = folder;
    this.weights = folder.resolve("resnet18.safetensors");
    write(Inputs.weights());
    SyntheticConcrete.write(folder, IMAGES, IMAGES, 1);
    List<Path> normal = files(folder.resolve(SyntheticConcrete.NORMAL));
    List<Path> anomalous = files(folder.resolve(SyntheticConcrete.ANOMALOUS));
    for (Path file : normal) {
      good.add(Files.readAllBytes(file));
    }
    for (Path file : anomalous) {
      bad.add(Files.readAllBytes(file));
    }
    try (Kintsugi kintsugi = Kintsugi.builder().weights(Weights.read(weights)).open()) {
      Recipe recipe =
          Choices.with(
              Methods.recipe("padim"),
              Map.of("resize", "224x224", "crop", "same", "channels", "" + channels));
      for (long seed : new long[] {1, 2}) {
        fit(kintsugi, recipe, seed, Stream.concat(normal.stream(), anomalous.stream()).toList());
      }
    }
  }

  private void write(Weights from) {
    Map<String, StoredTensor> tensors = new HashMap<>();
    from.tensors().forEach((name, tensor) -> tensors.put(name, StoredTensor.of(tensor)));
    new Safetensors(Map.of(), tensors).write(weights);
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(Files::isRegularFile).sorted().toList();
    }
  }

  private void fit(Kintsugi kintsugi, Recipe recipe, long seed, List<Path> images)
      throws IOException {
    Path file = folder.resolve("model" + seed + ".safetensors");
    Path normal = folder.resolve(SyntheticConcrete.NORMAL);
    Model fitted = kintsugi.fit(recipe, seed, kintsugi.images(normal));
    Path anomalous = folder.resolve(SyntheticConcrete.ANOMALOUS);
    Model model = kintsugi.calibrate(fitted, normal, anomalous);
    kintsugi.save(model, file);
    Map<String, Double> known = new HashMap<>();
    for (Path image : images) {
      known.put(Sha256.of(image), kintsugi.predict(model, image).finding().score());
    }
    models.add(file);
    scores.put(Sha256.of(file), known);
  }
}
