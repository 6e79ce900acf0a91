package kintsugi;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import kintsugi.dataset.SyntheticConcrete;
import kintsugi.detector.TestWeights;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example programs: compiled with the library's required jars alone, and run one by one. */
class ExamplesTest {
  @TempDir static Path folder;
  private static Path classes;
  private static String weights;
  private static String good;
  private static String bad;
  private static String image;
  private static String model;

  @BeforeAll
  static void compile() throws Exception {
    weights = TestWeights.write(folder.resolve("resnet18.safetensors"), 1).toString();
    SyntheticConcrete.write(folder, 6, 4, 1);
    good = folder.resolve(SyntheticConcrete.NORMAL).toString();
    bad = folder.resolve(SyntheticConcrete.ANOMALOUS).toString();
    image = bad + "/000.png";
    model = folder.resolve("model.safetensors").toString();
    classes = folder.resolve("classes");
    List<String> arguments =
        new ArrayList<>(List.of("-Xlint:all,-incubating", "-Werror", "-d", "" + classes));
    // The ladder's steps use the Vector API itself.
    arguments.addAll(List.of("--add-modules", "jdk.incubator.vector", "-cp"));
    arguments.add(Processes.library());
    try (Stream<Path> sources = Files.walk(Path.of("src/examples/java"))) {
      sources.map(Path::toString).filter(f -> f.endsWith(".java")).forEach(arguments::add);
    }
    Processes.Result compiled = Processes.run(Map.of(), "javac", arguments.toArray(String[]::new));
    assertThat(compiled.status()).as(compiled.output()).isZero();
    copyServices();
    run("ThresholdByHand", good, good, model);
  }

  private static void copyServices() throws IOException {
    Path services = Path.of("src/examples/resources/META-INF/services");
    Path target = Files.createDirectories(classes.resolve("META-INF/services"));
    try (Stream<Path> files = Files.list(services)) {
      for (Path file : files.toList()) {
        Files.copy(file, target.resolve(file.getFileName()));
      }
    }
  }

  /** Runs an example and returns what it printed. */
  private static String run(String name, String... arguments) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                "--add-modules=jdk.incubator.vector",
                "-cp",
                classes + File.pathSeparator + Processes.library(),
                "kintsugi.examples." + name));
    command.addAll(List.of(arguments));
    Processes.Result result =
        Processes.run(Map.of("KINTSUGI_WEIGHTS", weights), "java", command.toArray(String[]::new));
    assertThat(result.status()).as(name + ": " + result.output()).isZero();
    return result.output();
  }

  @Test
  void aStepOfTheLadder() throws Exception {
    assertThat(run("ladder.Step8Winograd")).contains("step 8: ", "GFLOP/s, largest difference");
  }

  @Test
  void fitAndPredict() throws Exception {
    Path out = folder.resolve("heat.png");
    assertThat(run("FitAndPredict", good, image, "" + out)).contains("not calibrated");
    assertThat(ImageIO.read(out.toFile()).getHeight()).isEqualTo(227);
  }

  @Test
  void scoreCameraFrame() throws Exception {
    assertThat(run("ScoreCameraFrame", model)).contains("anomalous [Box[");
  }

  @Test
  void thresholdByHand() {
    assertThat(Path.of(model)).exists();
  }

  @Test
  void batchOverFolder() throws Exception {
    Files.writeString(Path.of(good, "zz.png"), "text");
    try {
      assertThat(run("BatchOverFolder", model, good)).contains("left out ", "zz.png");
    } finally {
      Files.delete(Path.of(good, "zz.png"));
    }
  }

  @Test
  void explain() throws Exception {
    assertThat(run("Explain", model, image).lines().filter(l -> l.startsWith("patch "))).hasSize(5);
  }

  @Test
  void mergeTwoFits() throws Exception {
    Path merged = folder.resolve("merged.safetensors");
    assertThat(run("MergeTwoFits", good, bad, "" + merged)).contains("10 images");
    assertThat(merged).exists();
  }

  @Test
  void oneKernel() throws Exception {
    assertThat(run("OneKernel").lines().filter(l -> l.startsWith("query "))).hasSize(5);
  }

  @Test
  void masksAndAupro() throws Exception {
    Path masks = Files.createDirectories(folder.resolve("masks"));
    for (int i = 0; i < 4; i++) {
      var mask = new java.awt.image.BufferedImage(227, 227, 10);
      for (int k = 0; k < 900; k++) {
        mask.getRaster().setSample(100 + k % 30, 90 + k / 30, 0, 255);
      }
      ImageIO.write(mask, "png", masks.resolve("00" + i + "_mask.png").toFile());
    }
    assertThat(run("MasksAndAupro", model, good, bad, "" + masks))
        .contains("image AUROC ", "AUPRO ");
  }

  @Test
  void customWeights() throws Exception {
    assertThat(run("CustomWeights", weights, good, image))
        .contains("ResNet-18", "patchcore/kintsugi*");
  }

  @Test
  void ownMethod() throws Exception {
    assertThat(run("OwnMethod", good, image)).contains("meanpatch/plain", "not calibrated");
  }
}
