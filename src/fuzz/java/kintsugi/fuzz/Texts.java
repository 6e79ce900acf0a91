package kintsugi.fuzz;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import kintsugi.detector.Choice;
import kintsugi.detector.Choices;
import kintsugi.detector.Methods;
import kintsugi.detector.Recipe;
import kintsugi.metric.ThresholdRule;
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
