package kintsugi.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.imageio.ImageIO;
import kintsugi.Kintsugi;
import kintsugi.detector.Calibration;
import kintsugi.report.Receipt;
import kintsugi.weights.Weights;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Receipts with every field changed and sealed again, of every kind of model. */
class ReceiptCheckTest extends CommandFixture {
  /** What cannot be computed again: only the line's own hash notices a change. */
  private static final Set<String> NAMES = Set.of("image", "model", "kintsugi", "engine");

  private static final String OTHER_HASH = "0123456789abcdef".repeat(4);

  /** A model, an image, and its receipt, made by direct arithmetic. */
  private record Made(Path model, Path image, Path receipts) {
    Receipt receipt() throws IOException {
      return Receipt.parse(
          Files.readAllLines(receipts).getFirst().getBytes(StandardCharsets.UTF_8));
    }
  }

  private final Map<String, Made> made = new HashMap<>();

  @BeforeAll
  void make() throws IOException {
    Path image = anomalous.resolve("000.png");
    Path padim = fitted("padim");
    made.put("uncalibrated", predicted(padim, image));
    Path other = folder.resolve("other.png");
    BufferedImage whole = ImageIO.read(image.toFile());
    ImageIO.write(
        whole.getSubimage(9, 5, whole.getWidth() - 20, whole.getHeight() - 9),
        "png",
        other.toFile());
    made.put("any-size", predicted(calibrated(padim, "any"), other, "--any-size"));
    made.put("padim", predicted(calibrated(padim, "padim"), image));
    made.put("patchcore", predicted(calibrated(fitted("patchcore"), "patchcore"), image));
  }

  private static void assertDone(Result result) {
    assertThat(result.status()).as(result.out() + result.err()).isZero();
  }

  private Path fitted(String method) {
    Path file = folder.resolve(method + "-fitted.safetensors");
    String[] fit = {"fit", method, "--train", "" + normal, "--model", "" + file};
    assertDone(run(with(fit, "--resize", "72x72", "--crop", "64x64")));
    return file;
  }

  private Path calibrated(Path fitted, String name) throws IOException {
    Path file = Files.copy(fitted, folder.resolve(name + ".safetensors"));
    assertDone(run("calibrate", "--model", "" + file, "--normal", "" + normal));
    return file;
  }

  private Made predicted(Path file, Path image, String... more) throws IOException {
    Path out = Files.createTempDirectory(folder, "out").resolve("out");
    String[] predict = {"predict", "--model", "" + file, "" + image, "--receipt"};
    predict = with(predict, "--convolutions", "direct", "--out", "" + out);
    assertDone(run(with(predict, more)));
    return new Made(file, image, out.resolve("receipts.jsonl"));
  }

  private static String[] with(String[] command, String... more) {
    List<String> all = new ArrayList<>(List.of(command));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  private Result verify(Path file, Made of) {
    return run("verify", "" + file, "" + of.image, "--model", "" + of.model);
  }

  private static void assertFinds(Result result, String finding) {
    assertThat(result.status()).as(result.out() + result.err()).isEqualTo(1);
    assertThat(result.out()).contains("FINDING: ").contains(finding);
    assertThat(result.err()).isEmpty();
  }

  /** The same receipt with some values changed and its hash made anew. */
  private static Path resealed(Receipt receipt, Map<String, Object> changes) {
    try {
      RecordComponent[] all = Receipt.class.getRecordComponents();
      Object[] values = new Object[all.length];
      for (int i = 0; i < all.length; i++) {
        Object value = all[i].getAccessor().invoke(receipt);
        values[i] = changes.getOrDefault(all[i].getName(), value);
        values[i] = "null".equals(values[i]) ? null : values[i];
      }
      Class<?>[] types = Arrays.stream(all).map(RecordComponent::getType).toArray(Class<?>[]::new);
      Receipt changed = Receipt.class.getConstructor(types).newInstance(values);
      return Files.writeString(folder.resolve("resealed.jsonl"), changed.line() + "\n");
    } catch (ReflectiveOperationException | IOException e) {
      throw new AssertionError(e);
    }
  }

  private static Object other(String name, Object value) {
    return switch (value) {
      case Boolean flag -> !flag;
      case Double number -> Math.nextUp(number);
      case String text -> otherText(name, text);
      case null -> name.equals("mapSha256") ? OTHER_HASH : 0.5;
      default -> throw new AssertionError(name);
    };
  }

  private static String otherText(String name, String text) {
    return switch (name) {
      case "verdict" -> text.equals("normal") ? "anomalous" : "normal";
      case "arithmetic" -> "winograd4";
      default -> (text.startsWith("0") ? "1" : "0") + text.substring(1);
    };
  }

  @ParameterizedTest
  @ValueSource(strings = {"padim", "patchcore", "uncalibrated", "any-size"})
  void everyChangedFieldIsFound(String name) throws ReflectiveOperationException, IOException {
    Made of = made.get(name);
    Receipt receipt = of.receipt();
    assertThat(receipt.anySize()).isEqualTo(name.equals("any-size"));
    assertThat(receipt.threshold() == null).isEqualTo(name.equals("uncalibrated"));
    Result whole = verify(of.receipts, of);
    assertDone(whole);
    assertThat(whole.out()).hasLineCount(1).endsWith(", bit for bit\n");
    for (RecordComponent component : Receipt.class.getRecordComponents()) {
      Object changed = other(component.getName(), component.getAccessor().invoke(receipt));
      Path resealed = resealed(receipt, Map.of(component.getName(), changed));
      Result result = verify(resealed, of);
      boolean isName = NAMES.contains(component.getName());
      assertThat(result.status()).as(component + "\n" + result.out()).isEqualTo(isName ? 0 : 1);
      // Not sealed again, every change is found.
      String seal = Files.readString(of.receipts).strip().replaceAll(".*,", "");
      String line = Files.readString(resealed).replaceFirst("\"sha256\":\"[0-9a-f]*\"}\n$", seal);
      Path unsealed = Files.writeString(folder.resolve("changed.jsonl"), line + "\n");
      assertFinds(verify(unsealed, of), "line 1: its sha256 is not that");
    }
  }

  private Calibration calibration(Path file) {
    try (Kintsugi kintsugi = Kintsugi.builder().weights(Weights.read(weights)).open()) {
      return kintsugi.load(file).requireCalibration();
    }
  }

  /** The score moves within the bound of another arithmetic, and takes the verdict along. */
  @Test
  void aVerdictThatIsFlippedWithinTheBoundIsFound() throws IOException {
    Made padim = made.get("padim");
    double threshold = padim.receipt().normalised() + 1e-5;
    Path near = Files.copy(padim.model, folder.resolve("near.safetensors"));
    assertDone(run("calibrate", "--model", "" + near, "--threshold", "value:" + threshold));
    Made of = predicted(near, padim.image);
    Receipt honest = of.receipt();
    assertThat(honest.verdict()).isEqualTo("normal");
    Calibration calibration = calibration(near);
    double score = honest.score() + 2e-5 * (calibration.high() - calibration.low());
    Map<String, Object> forged = new HashMap<>();
    forged.put("arithmetic", "winograd4");
    forged.put("mapSha256", "null");
    forged.put("score", score);
    forged.put("normalised", calibration.normalise(score));
    forged.put("verdict", "anomalous");
    forged.put("engine", "vector");
    assertFinds(verify(resealed(honest, forged), of), "the threshold lies between the two");
    forged.put("engine", "scalar");
    assertFinds(verify(resealed(honest, forged), of), "line 1: its arithmetic is winograd4");
    forged.put("engine", "vector");
    forged.put("arithmetic", "direct");
    assertThat(verify(resealed(honest, forged), of).out()).contains("which has its bits");
  }

  @ParameterizedTest
  @CsvSource({
    "/dev/zero, 'is a folder, a device or a pipe'",
    "/, is a folder",
    "missing.safetensors, there is no such file",
    "a\u0000b, no file can be named a?b"
  })
  @Timeout(60)
  void aModelThatCannotBeReadIsAFindingOfItsLine(String name, String why) throws IOException {
    assumeTrue(Files.exists(Path.of("/dev/zero")));
    Made of = made.get("padim");
    Path named = resealed(of.receipt(), Map.of("model", name));
    assertFinds(run("verify", "" + named, "" + of.image), why);
  }

  @Test
  @Timeout(60)
  void anImageIsAFile() {
    assumeTrue(Files.exists(Path.of("/dev/zero")));
    Made of = made.get("padim");
    for (String image : List.of("/dev/zero", "" + normal)) {
      Result result = run("verify", "" + of.receipts, image);
      assertThat(result.status()).isEqualTo(1);
      assertThat(result.err())
          .hasLineCount(1)
          .contains(image + ": is a folder, a device or a pipe");
    }
  }
}
