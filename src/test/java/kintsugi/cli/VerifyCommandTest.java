package kintsugi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import kintsugi.Sha256;
import kintsugi.detector.TestWeights;
import kintsugi.report.Receipt;
import kintsugi.weights.Safetensors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Model files, and receipts with every field, the image, the model and the weights changed. */
class VerifyCommandTest extends CommandFixture {
  /** What cannot be computed again: only the line's own hash notices a change. */
  private static final Set<String> NAMES = Set.of("image", "model", "kintsugi", "engine");

  private Path small;
  private Path image;
  private Path direct;

  @BeforeAll
  void predict() {
    small = folder.resolve("small.safetensors");
    image = anomalous.resolve("000.png");
    String[] fit = {"fit", "padim", "--train", "" + normal, "--model", "" + small};
    assertDone(run(with(fit, "--resize", "72x72", "--crop", "64x64", "--provenance")));
    assertDone(run("calibrate", "--model", "" + small, "--normal", "" + normal));
    direct = receipts("direct");
  }

  private static String[] with(String[] command, String... more) {
    List<String> all = new ArrayList<>(List.of(command));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  private static void assertDone(Result result) {
    assertThat(result.status()).as(result.err()).isZero();
  }

  private Path receipts(String arithmetic) {
    Path out = folder.resolve("out-" + arithmetic);
    String[] predict = {"predict", "--model", "" + small, "" + image, "" + normal, "--receipt"};
    assertDone(run(with(predict, "--convolutions", arithmetic, "--out", "" + out)));
    return out.resolve("receipts.jsonl");
  }

  private Result verify(Path file, Object... more) {
    String[] texts = Arrays.stream(more).map(Object::toString).toArray(String[]::new);
    return run(with(new String[] {"verify", "" + file}, texts));
  }

  private static void assertFinds(Result result, String finding) {
    assertThat(result.status()).as(result.out() + result.err()).isEqualTo(1);
    assertThat(result.out()).contains("FINDING: ").contains(finding);
    assertThat(result.err()).isEmpty();
  }

  @Test
  void aModelIsOneLineAndItsFaultsAreALineEach() throws IOException {
    Result whole = verify(small);
    assertDone(whole);
    assertThat(whole.out())
        .hasLineCount(1)
        .startsWith(small + ": whole: model of padim/kintsugi*, format 4, input 64x64, calibrated")
        .contains("(winograd4)")
        .doesNotContain("not compared");
    byte[] bytes = Files.readAllBytes(small);
    bytes[bytes.length - 1] ^= 1;
    Path changed = Files.write(folder.resolve("changed.safetensors"), bytes);
    assertFinds(verify(changed), "its sha256 is ");
    assertFinds(verify(weights), "its metadata has no ");
    Result wrong = verify(small, image);
    assertThat(wrong.status()).isEqualTo(2);
  }

  @Test
  void aModelListsTheFilesThatItWasFittedTo() throws IOException {
    ByteBuffer bytes = Safetensors.read(small).tensors().get("training_files").bytes();
    String text = StandardCharsets.UTF_8.decode(bytes.duplicate().clear()).toString();
    assertThat(text).hasLineCount(8);
    Path first = normal.resolve("000.png");
    assertThat(text).contains(Sha256.of(first) + "  " + first + "\n");
    assertThat(Safetensors.read(model).tensors()).doesNotContainKey("training_files");
  }

  @Test
  void receiptsHoldToTheBitOrWithinTheBound() {
    Result result = verify(direct, image, normal.resolve("000.png"));
    assertDone(result);
    assertThat(result.out().lines()).hasSize(2).allMatch(line -> line.endsWith(", bit for bit"));
    result = verify(receipts("winograd4"), image);
    assertDone(result);
    assertThat(result.out()).contains("from the scalar engine's");
  }

  private Receipt receipt() throws IOException {
    return Receipt.parse(Files.readAllLines(direct).getFirst().getBytes(StandardCharsets.UTF_8));
  }

  /** The same receipt with one value changed and its hash made anew. */
  private Path resealed(RecordComponent component)
      throws ReflectiveOperationException, IOException {
    Receipt receipt = receipt();
    RecordComponent[] all = Receipt.class.getRecordComponents();
    Object[] values = new Object[all.length];
    Class<?>[] types = new Class<?>[all.length];
    for (int i = 0; i < all.length; i++) {
      types[i] = all[i].getType();
      values[i] = all[i].getAccessor().invoke(receipt);
      if (all[i].getName().equals(component.getName())) {
        values[i] = other(component.getName(), values[i]);
      }
    }
    Receipt changed = Receipt.class.getConstructor(types).newInstance(values);
    return Files.writeString(folder.resolve("resealed.jsonl"), changed.line() + "\n");
  }

  private static Object other(String name, Object value) {
    return switch (value) {
      case Boolean flag -> !flag;
      case Double number -> Math.nextUp(number);
      case String text -> otherText(name, text);
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

  @Test
  void everyChangedFieldIsFound() throws ReflectiveOperationException, IOException {
    for (RecordComponent component : Receipt.class.getRecordComponents()) {
      Path resealed = resealed(component);
      Result result = verify(resealed, image, "--model", small);
      boolean isName = NAMES.contains(component.getName());
      assertThat(result.status()).as(component + "\n" + result.out()).isEqualTo(isName ? 0 : 1);
      // Not sealed again, every change is found.
      String seal =
          Files.readString(direct).lines().findFirst().orElseThrow().replaceAll(".*,", "");
      String line = Files.readString(resealed).replaceFirst("\"sha256\":\"[0-9a-f]*\"}\n$", seal);
      Path changed = Files.writeString(folder.resolve("changed.jsonl"), line + "\n");
      assertFinds(verify(changed, image, "--model", small), "line 1: its sha256 is not that");
    }
  }

  @Test
  void anotherImageModelOrOtherWeightsAreFound() throws IOException {
    byte[] bytes = Files.readAllBytes(image);
    bytes[bytes.length - 1] ^= 1;
    Path other = Files.write(folder.resolve("other.png"), bytes);
    assertFinds(verify(direct, other), other + ": no line is of this image");
    assertFinds(verify(direct, image, "--model", model), "the model's sha256 is ");
    Path otherWeights = TestWeights.write(folder.resolve("other.safetensors"), 2);
    String[] command = {"verify", "" + direct, "" + image, "--weights", "" + otherWeights};
    assertFinds(runBare(command), "was fitted with other weights");
    assertThat(verify(direct).status()).isEqualTo(2);
    assertThat(verify(folder).err()).hasLineCount(1).contains(folder + ": is a folder");
    Path missing = folder.resolve("missing.png");
    assertFails(verify(direct, missing), missing, missing + ": there is no such file");
    Path not = Files.writeString(folder.resolve("not.jsonl"), "{\"a\":1}\n\n" + "x".repeat(70_000));
    Result result = verify(not, image);
    assertFinds(result, "line 1: it does not end with its sha256");
    assertThat(result.out()).contains("line 3: it is longer than");
  }

  @Test
  void regionsOfSingleImagesHaveNoReceipts() {
    Path out = folder.resolve("never");
    String[] predict = {"predict", "--model", "" + small, "" + image, "--receipt", "--out"};
    Result result = run(with(predict, "" + out, "--roi", "" + normal));
    assertThat(result.status()).isEqualTo(2);
    assertThat(result.err()).hasLineCount(1).contains("--receipt");
    assertThat(out).doesNotExist();
  }
}
