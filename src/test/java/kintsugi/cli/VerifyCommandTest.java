package kintsugi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import kintsugi.Sha256;
import kintsugi.detector.TestWeights;
import kintsugi.weights.Safetensors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Model files, and receipts with the image, the model and the weights changed. */
class VerifyCommandTest extends CommandFixture {
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
    assertFinds(
        runBare("verify", "" + small, "--weights", "" + TestWeights.write(folder.resolve("w"), 2)),
        "it belongs to the weights sha256:");
    Result wrong = verify(small, image);
    assertThat(wrong.status()).isEqualTo(2);
  }

  /** A header of 8827 bytes has a length that begins with a brace and a quote. */
  @Test
  void aModelIsNotTakenForReceipts() throws IOException {
    byte[] whole = Files.readAllBytes(small);
    ByteBuffer old = ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN);
    int length = (int) old.getLong();
    int longer = '{' | '"' << 8;
    ByteBuffer padded =
        ByteBuffer.allocate(whole.length + longer - length).order(ByteOrder.LITTLE_ENDIAN);
    padded.putLong(longer).put(whole, Long.BYTES, length);
    padded.put(" ".repeat(longer - length).getBytes(StandardCharsets.US_ASCII));
    padded.put(whole, Long.BYTES + length, whole.length - Long.BYTES - length);
    Path file = Files.write(folder.resolve("padded.safetensors"), padded.array());
    Result result = verify(file);
    assertDone(result);
    assertThat(result.out()).contains(": whole: ");
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
    List<String> lines = result.out().lines().toList();
    assertThat(lines).hasSize(3);
    assertThat(lines.subList(0, 2)).allMatch(line -> line.endsWith(", bit for bit"));
    assertThat(lines.getLast())
        .isEqualTo(direct + ": 2 of 9 receipts checked; name more images for the others");
    result = verify(receipts("winograd4"), image);
    assertDone(result);
    assertThat(result.out()).contains("from the scalar engine's");
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
    Path not =
        Files.writeString(folder.resolve("not.jsonl"), "{\"receipt\":1}\n\n" + "x".repeat(70_000));
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
