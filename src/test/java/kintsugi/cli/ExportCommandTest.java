package kintsugi.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import kintsugi.Kintsugi;
import kintsugi.OutputFolder;
import kintsugi.audit.Against;
import kintsugi.detector.Model;
import kintsugi.image.ImageSource;
import kintsugi.interop.ExportSamples;
import kintsugi.weights.Checkpoint;
import kintsugi.weights.Safetensors;
import kintsugi.weights.StoredTensor;
import kintsugi.weights.Weights;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** What an export writes without the jar for ONNX, whose own test has the graphs. */
class ExportCommandTest extends CommandFixture {
  @Test
  void plainArraysAreTheModels() {
    Path npz = folder.resolve("model.npz");
    Path backbone = folder.resolve("backbone.safetensors");
    Result result = run("export", "" + model, "--npz", "" + npz, "--backbone", "" + backbone);
    assertThat(result.status()).as(result.err()).isZero();
    assertThat(result.out()).contains("model.npz: plain arrays", "backbone.safetensors: the");
    Map<String, StoredTensor> arrays = Checkpoint.read(npz);
    Map<String, StoredTensor> stored = Safetensors.read(model).tensors();
    for (String name : List.of("channels", "mean", "cholesky_factor")) {
      assertThat(arrays.get(name).type()).isEqualTo(stored.get(name).type());
      assertThat(arrays.get(name).shape()).isEqualTo(stored.get(name).shape());
      ByteBuffer values = stored.get(name).bytes().duplicate().clear();
      assertThat(arrays.get(name).bytes().duplicate().clear().equals(values)).as(name).isTrue();
    }
    assertThat(arrays.get("calibration").count()).isEqualTo(4);
    assertThat(Weights.read(backbone).fingerprint()).isEqualTo(Weights.read(weights).fingerprint());
    assertThat(run("export", "" + model, "--npz", "" + npz).status()).as("again").isZero();
  }

  @Test
  void anExportReplacesAnExportAlone() throws IOException {
    for (String option : List.of("--npz", "--backbone")) {
      Path taken = Files.writeString(folder.resolve("taken"), "mine");
      Result result = run("export", "" + model, option, "" + taken);
      assertThat(result.status()).isEqualTo(1);
      assertThat(result.err().lines()).hasSize(1);
      assertThat(result.err()).contains("taken: is there already and was not made by export");
      assertThat(taken).hasContent("mine");
    }
    for (List<String> names :
        List.of(List.of("README.txt"), List.of("README.txt", "recipe.json"), List.of("a.npy"))) {
      Path taken = zip(folder.resolve("taken.npz"), names);
      byte[] before = Files.readAllBytes(taken);
      Result result = run("export", "" + model, "--npz", "" + taken);
      assertThat(result.err()).contains("taken.npz: is there already and was not made by export");
      assertThat(taken).hasBinaryContent(before);
    }
  }

  private static Path zip(Path file, List<String> names) throws IOException {
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      for (String name : names) {
        zip.putNextEntry(new ZipEntry(name));
        zip.write("Other words".getBytes(StandardCharsets.US_ASCII));
      }
    }
    return file;
  }

  @Test
  void withoutTheJarOneLineSaysHowItIsBuilt() {
    Path never = folder.resolve("never.onnx");
    Result result = run("export", "" + model, "--onnx", "" + never);
    assertFails(result, never, "the jar for ONNX is not built", "mvn -Pinterop");
    assertThat(folder.resolve("never-samples")).doesNotExist();
  }

  @Test
  void aWrongCommandLineOrFileIsOneLine() throws IOException {
    assertThat(run("export", "" + model).status()).isEqualTo(2);
    assertThat(run("export", "" + model, "--npz", "x", "--samples", "-1").status()).isEqualTo(2);
    Path never = folder.resolve("never.npz");
    Path missing = folder.resolve("missing.safetensors");
    assertFails(run("export", "" + missing, "--npz", "" + never), never, "missing.safetensors");
    Path text = Files.writeString(folder.resolve("text.safetensors"), "not a model");
    assertFails(run("export", "" + text, "--npz", "" + never), never, "text.safetensors");
  }

  @Test
  void weightsAreConvertedToSafetensorsAlone() {
    Path never = folder.resolve("weights.onnx");
    Result result = runBare("weights", "convert", "" + weights, "" + never);
    assertFails(result, never, "writes safetensors alone", "export --onnx");
  }

  @Test
  void everySampleIsADumpThatAgreesWithItsRecipe() {
    Path matlab = folder.resolve("matlab.safetensors");
    run("fit", "padim", "--recipe", "padim/matlab", "--train", "" + normal, "--model", "" + matlab);
    run(
        "calibrate",
        "--model",
        "" + matlab,
        "--normal",
        "" + normal,
        "--anomalous",
        "" + anomalous);
    Path out = folder.resolve("samples");
    try (Kintsugi kintsugi = Kintsugi.builder().weights(weights).open()) {
      Model fitted = kintsugi.load(matlab);
      var images = ExportSamples.drawn(fitted, 2);
      try (OutputFolder place = ExportSamples.open(out, images)) {
        ExportSamples.of(fitted, images).write(place, fitted);
      }
      Against.Verdict verdict = Against.compare(kintsugi.session(), out.resolve("2"));
      assertThat(verdict.recipes()).contains("padim/matlab");
      assertThat(verdict.stages()).extracting(Against.Stage::name).contains("features", "score");
      Path named = folder.resolve("named");
      List<ImageSource> files = kintsugi.images(anomalous);
      try (OutputFolder place = ExportSamples.open(named, files)) {
        ExportSamples.of(fitted, files).write(place, fitted);
      }
    }
    assertAgrees("" + matlab, "" + out);
    assertAgrees("" + matlab, "" + folder.resolve("named"), "--images", "" + anomalous);
    assertThat(out.resolve("samples.json")).content().contains("\"normalised_score\"");
    assertThat(out.resolve("1/image.png")).exists();
  }

  private void assertAgrees(String fitted, String samples, String... images) {
    List<String> words = new ArrayList<>(List.of("doctor", fitted, samples));
    words.addAll(List.of(images));
    words.addAll(List.of("--out", "" + folder.resolve("doctor")));
    Result same = run(words.toArray(String[]::new));
    assertThat(same.status()).as(same.out() + same.err()).isZero();
    assertThat(same.out())
        .containsPattern("pixels +same")
        .containsPattern("normalised +same")
        .containsPattern("threshold +same")
        .containsPattern("verdict +same")
        .contains("every stage that both have is the same");
  }

  @Test
  void fiveLinesOfNumpyReadAModelFile() throws IOException, InterruptedException {
    String page = Files.readString(Path.of("docs/model-file.md"));
    String lines = page.substring(page.indexOf("```python\n") + 10);
    Path script = folder.resolve("five_lines.py");
    Files.writeString(
        script,
        lines.substring(0, lines.indexOf("```")).replace("part.safetensors", "" + model)
            + "print(tensors['mean'].sum(dtype='f8'), tensors['channels'].sum())\n");
    Process python;
    try {
      python = new ProcessBuilder("python3", "" + script).redirectErrorStream(true).start();
    } catch (IOException e) {
      Assumptions.abort("there is no Python here");
      return;
    }
    String out = new String(python.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    python.waitFor();
    Assumptions.assumeFalse(out.contains("No module named"), "there is no NumPy here");
    Map<String, StoredTensor> stored = Safetensors.read(model).tensors();
    double sum = DoubleStream.of(stored.get("mean").doubles()).sum();
    String[] words = out.strip().split(" ");
    assertThat(words).as(out).hasSize(2);
    assertThat(Double.parseDouble(words[0])).isCloseTo(sum, within(1e-6 * Math.abs(sum)));
    assertThat(words[1]).isEqualTo("" + IntStream.of(stored.get("channels").ints()).sum());
  }
}
