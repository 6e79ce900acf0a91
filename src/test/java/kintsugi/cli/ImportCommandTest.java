package kintsugi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import kintsugi.detector.TestWeights;
import kintsugi.interop.ForeignModels;
import org.junit.jupiter.api.Test;

/** Importing another program's model on the command line. */
class ImportCommandTest extends CommandFixture {
  @Test
  void aModelIsImportedWithItsBackboneAndPredicts() throws IOException {
    Path file = ForeignModels.checkpoint(folder.resolve("anomalib.ckpt"));
    Path to = folder.resolve("imported.safetensors");
    Path others = TestWeights.write(folder.resolve("others.safetensors"), 2);
    Result result = runBare("import", "" + file, "--model", "" + to, "--weights", "" + others);
    assertThat(result.status()).as(result.err()).isZero();
    Path own = folder.resolve("imported-weights.safetensors");
    assertThat(result.out())
        .contains("PaDiM of anomalib 2, a checkpoint, as padim/anomalib*, images 32x32")
        .contains("threshold 0.5000 on the other program's scale, which is score 3.0000")
        .contains("--weights " + own);
    assertThat(folder.resolve("imported.json")).exists();
    Path image = normal.resolve(normal.toFile().list()[0]);
    Result predicted =
        runBare(
            "predict",
            "--model",
            "" + to,
            "" + image,
            "--out",
            "" + folder.resolve("predicted"),
            "--weights",
            "" + own);
    assertThat(predicted.status()).as(predicted.err()).isZero();
    assertFails(
        runBare(
            "predict",
            "--model",
            "" + to,
            "" + image,
            "--out",
            "" + folder.resolve("none"),
            "--weights",
            "" + others),
        folder.resolve("none"),
        "weights");
  }

  @Test
  void anOnnxGraphIsImportedOrNamed() throws IOException {
    Path file = ForeignModels.graph(folder.resolve("anomalib.onnx"));
    Path to = folder.resolve("graph.safetensors");
    Result result = run("import", "" + file, "--model", "" + to);
    assertThat(result.status()).as(result.err()).isZero();
    assertThat(result.out())
        .contains("PatchCore of anomalib, an ONNX graph, as patchcore/anomalib*, images 32x32")
        .contains("threshold 0.5000 on the other program's scale, which is score 3.0000");
    assertThat(result.err()).contains("resizes without antialiasing");
    byte[] bytes = Files.readAllBytes(file);
    Path half = Files.write(folder.resolve("half.onnx"), Arrays.copyOf(bytes, bytes.length / 2));
    Path never = folder.resolve("never.safetensors");
    assertFails(run("import", "" + half, "--model", "" + never), never, "half.onnx");
  }

  /** With the file's own weights at hand no other file of them is written. */
  @Test
  void aModelOfTheWeightsFoundNeedsNoOthers() throws IOException {
    Path file = ForeignModels.checkpoint(folder.resolve("again.ckpt"));
    Path own = folder.resolve("own.safetensors");
    Path first = folder.resolve("first.safetensors");
    Result written = run("import", "" + file, "--model", "" + first, "--weights-out", "" + own);
    assertThat(written.status()).as(written.err()).isZero();
    Path to = folder.resolve("bound.safetensors");
    Result result = runBare("import", "" + file, "--model", "" + to, "--weights", "" + own);
    assertThat(result.status()).as(result.err()).isZero();
    assertThat(result.out()).doesNotContain("--weights");
    assertThat(folder.resolve("bound-weights.safetensors")).doesNotExist();
    assertThat(to).hasSameBinaryContentAs(first);
  }

  @Test
  void whatIsNotAModelIsOneLine() throws IOException {
    Path to = folder.resolve("never.safetensors");
    Path text = Files.writeString(folder.resolve("text.ckpt"), "hello");
    assertFails(run("import", "" + text, "--model", "" + to), to, "text.ckpt: is a plain text");
    assertFails(run("import", "" + model, "--model", "" + to), to, "is a safetensors file");
    assertFails(run("import", "" + normal, "--model", "" + to), to, "patchcore_params.pkl");
    Path missing = folder.resolve("missing.ckpt");
    assertFails(run("import", "" + missing, "--model", "" + to), to, "there is no such file");
    assertThat(run("import", "" + text).status()).isEqualTo(2);
  }

  @Test
  void anotherFileIsNotReplaced() throws IOException {
    Path file = ForeignModels.checkpoint(folder.resolve("third.ckpt"));
    Path text = Files.writeString(folder.resolve("mine.txt"), "mine");
    Result onText = run("import", "" + file, "--model", "" + text);
    assertThat(onText.status()).isEqualTo(1);
    assertThat(text).hasContent("mine");
    Path to = folder.resolve("third.safetensors");
    assertFails(
        run("import", "" + file, "--model", "" + to, "--weights-out", "" + text),
        to,
        "mine.txt",
        "was not made by import");
    assertThat(text).hasContent("mine");
  }

  /** What only the crop's name opens, and what has no backbone to write. */
  @Test
  void whatTheFileLeavesOpenIsAnOption() throws IOException {
    Path file = ForeignModels.withoutTransform(folder.resolve("open.ckpt"));
    Path to = folder.resolve("open.safetensors");
    assertFails(run("import", "" + file, "--model", "" + to), to, "(--crop)", "224x224 or same");
    Result result =
        run("import", "" + file, "--model", "" + to, "--resize", "40x40", "--crop", "32x32");
    assertThat(result.status()).as(result.err()).isZero();
    assertThat(result.out()).contains("images 32x32");
    Path bare = ForeignModels.inspection(folder.resolve("inspection"));
    Path never = folder.resolve("never.safetensors");
    assertFails(
        run(
            "import",
            "" + bare,
            "--model",
            "" + never,
            "--resize",
            "40x40",
            "--weights-out",
            "" + folder.resolve("w.safetensors")),
        never,
        "holds no backbone",
        "leave out --weights-out");
  }

  @Test
  void aSizeThatIsNoneIsAWrongCommandLine() throws IOException {
    Path file = ForeignModels.checkpoint(folder.resolve("sized.ckpt"));
    Path to = folder.resolve("sized.safetensors");
    Result result = run("import", "" + file, "--model", "" + to, "--resize", "large");
    assertThat(result.status()).isEqualTo(2);
    assertThat(result.err()).contains("large is not an image size");
    assertThat(to).doesNotExist();
  }
}
