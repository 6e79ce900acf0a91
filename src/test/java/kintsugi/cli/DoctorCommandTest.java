package kintsugi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import kintsugi.Kintsugi;
import kintsugi.audit.ModelSubject;
import kintsugi.cli.CommandFixture.Result;
import kintsugi.image.ImageSource;
import kintsugi.interop.ForeignModels;
import kintsugi.weights.Weights;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every kind that the doctor takes, compared with a model of the same values and of others. */
class DoctorCommandTest {
  @TempDir static Path folder;

  private static Path images;
  private static Path weights;

  @BeforeAll
  static void write() throws IOException {
    images = ForeignModels.images(folder.resolve("images"), 2);
    weights = ForeignModels.weights(folder.resolve("weights.safetensors"));
    imported(ForeignModels.checkpoint(folder.resolve("padim.ckpt")), "padim");
    ForeignModels.aliased(folder.resolve("aliased.ckpt"));
    imported(ForeignModels.graph(folder.resolve("anomalib.onnx")), "anomalib");
    imported(ForeignModels.inspection(folder.resolve("inspection")), "inspected", "--resize=32x32");
    ForeignModels.inspectionOfTwo(folder.resolve("two"));
    ForeignModels.own(folder.resolve("own.onnx"), folder.resolve("own.safetensors"), false);
    ForeignModels.own(folder.resolve("changed.onnx"), folder.resolve("own.safetensors"), true);
    imported(folder.resolve("own.onnx"), "back");
    dump();
  }

  private static void imported(Path file, String name, String... more) {
    List<String> all = new ArrayList<>(List.of("import", "" + file, "--model", model(name)));
    all.addAll(List.of("--weights", "" + weights));
    all.addAll(List.of(more));
    Result result = CommandFixture.runBare(all.toArray(String[]::new));
    assertThat(result.status()).as(result.err()).isZero();
    assertThat(folder.resolve(name + "-weights.safetensors")).doesNotExist();
  }

  private static String model(String name) {
    return "" + folder.resolve(name + ".safetensors");
  }

  private static void dump() throws IOException {
    try (Kintsugi kintsugi = Kintsugi.builder().weights(Weights.read(weights)).open();
        Stream<Path> files = Files.list(images)) {
      ModelSubject subject =
          new ModelSubject("padim", kintsugi.load(folder.resolve("padim.safetensors")));
      for (Path file : files.toList()) {
        Path to = folder.resolve("dump").resolve("" + file.getFileName());
        subject.values(ImageSource.of(file)).write(to.resolve("values.npz"));
      }
    }
  }

  private static Result doctor(String a, String b, String... more) {
    List<String> all =
        new ArrayList<>(List.of("doctor", "" + folder.resolve(a), "" + folder.resolve(b)));
    all.addAll(List.of("--weights", "" + weights));
    all.addAll(List.of(more));
    if (!all.contains("--out")) {
      all.addAll(List.of("--out", "" + folder.resolve("out")));
    }
    return CommandFixture.runBare(all.toArray(String[]::new));
  }

  @ParameterizedTest
  @CsvSource({
    "padim.safetensors, padim.safetensors",
    "padim.safetensors, padim.ckpt",
    "padim.ckpt, padim.ckpt",
    "padim.ckpt, dump",
    "padim.safetensors, dump",
    "anomalib.safetensors, anomalib.onnx",
    "own.safetensors, own.onnx",
    "own.onnx, back.safetensors",
    "inspected.safetensors, inspection"
  })
  void theSameModelIsTheSameInEveryKind(String a, String b) {
    Result result = doctor(a, b, "--images", "" + images, "--resize", "32x32");
    assertThat(result.status()).as(result.out() + result.err()).isZero();
    assertThat(result.out()).contains("every stage that both have is the same");
    assertThat(result.out().lines().filter(line -> line.contains(" same "))).hasSizeGreaterThan(7);
    // Without the jar for ONNX a graph is read, and the page says so.
    boolean read = (a + b).contains(".onnx");
    assertThat(result.out().contains("was read and not run")).isEqualTo(read);
    assertThat(folder.resolve("out/doctor.html").toFile())
        .content()
        .satisfies(page -> assertThat(page.contains("was read and not run")).isEqualTo(read));
  }

  /** What a folder is, its content says, and not its name. */
  @Test
  void aFolderOfValuesMayBeNamedLikeAFile() throws IOException {
    for (String name : List.of("dump.ckpt", "dump.onnx")) {
      Files.createSymbolicLink(folder.resolve(name), folder.resolve("dump").toAbsolutePath());
      Result result = doctor("padim.ckpt", name, "--images", "" + images, "--resize", "32x32");
      assertThat(result.status()).as(result.out() + result.err()).isZero();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "padim.safetensors | aliased.ckpt | input | resize: A's is bilinear with antialias, B's is"
            + " bilinear without antialias",
        "aliased.ckpt | dump | input | resize: A's is bilinear without antialias, B's is bilinear"
            + " with antialias",
        "inspected.safetensors | two | distances | A: to the nearest, squared; B: mean to the 2",
        "own.onnx | inspection | embedding | "
      })
  void theFirstDifferenceIsNamedInEveryKind(String a, String b, String stage, String cause) {
    Result result = doctor(a, b, "--images", "" + images, "--resize", "32x32");
    assertThat(result.status()).as(result.err()).isEqualTo(1);
    assertThat(result.out()).contains("the first stage that differs: " + stage + ", most on ");
    assertThat(result.out()).contains("what to do: ");
    if (cause != null) {
      assertThat(result.out()).contains("likely " + cause);
    }
  }

  static Stream<Arguments> bad() throws IOException {
    Path text = Files.writeString(folder.resolve("text.onnx"), "no graph");
    Path empty = Files.createFile(folder.resolve("empty.onnx"));
    Path half = folder.resolve("half.safetensors");
    byte[] whole = Files.readAllBytes(folder.resolve("padim.safetensors"));
    Files.write(half, Arrays.copyOf(whole, whole.length / 2));
    Path nothing = Files.createDirectory(folder.resolve("nothing"));
    Path broken = Files.writeString(folder.resolve("broken.png"), "no image");
    String in = "" + images;
    return Stream.of(
        Arguments.of("missing.safetensors", in, "missing.safetensors: there is no such file"),
        Arguments.of("" + text, in, "text.onnx: "),
        Arguments.of("" + empty, in, "empty.onnx: "),
        Arguments.of("" + half, in, "half.safetensors: "),
        Arguments.of("" + nothing, in, "nothing: "),
        Arguments.of("weights.safetensors", in, "weights.safetensors: holds none of the tensors"),
        Arguments.of("changed.onnx", in, "where Kintsugi's export has MatMul at map/"),
        Arguments.of("padim.ckpt", "" + broken, "broken.png"),
        Arguments.of("padim.ckpt", "" + nothing, "nothing"),
        Arguments.of("padim.ckpt", "" + folder.resolve("none"), "none: there is no such"));
  }

  @ParameterizedTest
  @MethodSource("bad")
  void badInputIsOneLine(String other, String on, String message) {
    for (boolean first : new boolean[] {true, false}) {
      String a = first ? other : "padim.safetensors";
      String b = first ? "padim.safetensors" : other;
      Path out = folder.resolve("never");
      Result result = doctor(a, b, "--images", on, "--out", "" + out);
      assertThat(result.status()).isEqualTo(1);
      assertThat(result.err().lines()).as(result.err()).hasSize(1);
      assertThat(result.err()).startsWith("kintsugi: ").contains(message);
      assertThat(out.resolve("doctor.json")).doesNotExist();
    }
  }

  @Test
  void whatAFolderDoesNotSayIsAskedFor() {
    Result result = doctor("inspected.safetensors", "inspection", "--images", "" + images);
    assertThat(result.status()).isEqualTo(1);
    assertThat(result.err().lines()).hasSize(1);
    assertThat(result.err()).contains("--resize");
    assertThat(doctor("two", "two", "--images", "" + images, "--resize", "x").status())
        .isEqualTo(2);
  }

  @Test
  void aChangedGraphNamesTheJarThatRunsIt() {
    Result result = doctor("own.safetensors", "changed.onnx", "--images", "" + images);
    assertThat(result.err())
        .contains("ONNX Runtime can still run it")
        .contains("mvn -Pinterop -Dmaven.test.skip package");
  }
}
