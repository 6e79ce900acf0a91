package kintsugi.fuzz;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import kintsugi.Sha256;
import kintsugi.detector.Choice;
import kintsugi.detector.Choices;
import kintsugi.detector.Methods;
import kintsugi.detector.Recipe;
import kintsugi.metric.ThresholdRule;
import kintsugi.report.Receipt;
import kintsugi.weights.JsonText;

/**
 * The readers of text: JSON, threshold rules and choices. They refuse by an argument's exception.
 */
final class Texts {
  private Texts() {}

  private static String text(byte[] data) {
    return new String(data, StandardCharsets.UTF_8);
  }

  static void json(byte[] data) {
    Object value;
    try {
      value = JsonText.parse(text(data));
    } catch (IllegalArgumentException e) {
      return;
    }
    String written = JsonText.write(value);
    // NaN and infinities are written as strings.
    if (!JsonText.write(JsonText.parse(written)).equals(written)) {
      throw new AssertionError("written and read again it is another value: " + written);
    }
  }

  static void threshold(byte[] data) {
    ThresholdRule rule;
    try {
      rule = ThresholdRule.parse(text(data));
    } catch (IllegalArgumentException e) {
      return;
    }
    if (!ThresholdRule.parse(rule.toString()).equals(rule)) {
      throw new AssertionError("written and read again it is another rule: " + rule);
    }
  }

  /**
   * A receipt without its hash, which is computed here: behind that check everything is reached.
   */
  static void receipt(byte[] data) {
    byte[] seal = (",\"sha256\":\"" + Sha256.of(data) + "\"}").getBytes(StandardCharsets.UTF_8);
    byte[] line = Arrays.copyOf(data, data.length + seal.length);
    System.arraycopy(seal, 0, line, data.length, seal.length);
    Receipt receipt;
    try {
      receipt = Receipt.parse(line);
    } catch (IllegalArgumentException e) {
      return;
    }
    if (!Receipt.parse(receipt.line().getBytes(StandardCharsets.UTF_8)).equals(receipt)) {
      throw new AssertionError("written and read again it is another receipt: " + receipt);
    }
  }

  static List<byte[]> receipts() {
    String hash = "0".repeat(64);
    return Stream.of("direct", "winograd4")
        .map(
            arithmetic ->
                new Receipt(
                    "a.png",
                    hash,
                    hash,
                    "m",
                    hash,
                    "w",
                    "0.2.0",
                    "vector",
                    arithmetic,
                    false,
                    1.5,
                    arithmetic.equals("direct") ? null : -0.25,
                    arithmetic.equals("direct") ? null : 0.0,
                    arithmetic.equals("direct") ? "not calibrated" : "normal",
                    arithmetic.equals("direct") ? hash : null))
        .map(receipt -> receipt.line().replaceFirst(",\"sha256\":\"[0-9a-f]*\"}$", ""))
        .map(line -> line.getBytes(StandardCharsets.UTF_8))
        .toList();
  }

  /** Lines {@code recipe}, {@code choice=value}…, by their places where a name is a digit. */
  static void choices(byte[] data) {
    String[] lines = text(data).split("\n", 4);
    try {
      Recipe recipe = Methods.recipe(lines[0]);
      for (int i = 1; i < lines.length; i++) {
        String[] change = lines[i].split("=", 2);
        recipe = Choices.with(recipe, Map.of(change[0], change.length == 2 ? change[1] : ""));
      }
      Choices.of(recipe);
    } catch (IllegalArgumentException e) {
      return;
    }
  }

  static List<byte[]> choices() {
    return Methods.recipes().stream()
        .flatMap(
            recipe ->
                Methods.named(recipe.method()).allChoices().stream()
                    .map(choice -> recipe.name() + "\n" + line(recipe, choice)))
        .distinct()
        .map(line -> line.getBytes(StandardCharsets.UTF_8))
        .toList();
  }

  private static String line(Recipe recipe, Choice choice) {
    Object value = Choices.of(recipe).get(choice.name());
    String text =
        value instanceof List<?> list ? String.join(",", list.toArray(String[]::new)) : "" + value;
    return choice.name() + "=" + text;
  }

  static List<byte[]> of(String... texts) {
    return java.util.Arrays.stream(texts).map(t -> t.getBytes(StandardCharsets.UTF_8)).toList();
  }
}
