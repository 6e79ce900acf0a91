package kintsugi.interop;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import kintsugi.weights.Pickled;

/**
 * The transform of anomalib's images, of the classes of {@code torchvision.transforms.v2}: a
 * resize, perhaps a centre crop, and the normalisation of ImageNet. anomalib resizes tensors, whose
 * values are not rounded; its exports, since some release, without antialiasing.
 */
final class AnomalibTransform {
  static final List<Double> MEAN = List.of(0.485, 0.456, 0.406);
  static final List<Double> STD = List.of(0.229, 0.224, 0.225);
  static final double TOLERANCE = 1e-6;

  /** The notice on an export that resizes as {@code bilinear_aliased}. */
  static final String ALIASED =
      "its export resizes without antialiasing, so that it scores differently from its checkpoint";

  /** anomalib's own, where a model names none. */
  static final Map<String, String> USUAL =
      Map.of("resize", "256x256", "interpolation", "bilinear_float", "crop", "same");

  private final Map<String, String> choices = new LinkedHashMap<>(Map.of("crop", "same"));
  private boolean normalised;

  private AnomalibTransform() {}

  /**
   * The choices that a transform makes.
   *
   * @throws IllegalArgumentException if it has a step, or a value of one, that has no counterpart
   *     here
   */
  static Map<String, String> choices(Pickled transform) {
    AnomalibTransform read = new AnomalibTransform();
    read.step(transform, 0);
    if (!read.choices.containsKey("resize") || !read.normalised) {
      throw new IllegalArgumentException(
          "its transform has no " + (read.normalised ? "resize" : "normalisation"));
    }
    return read.choices;
  }

  private void step(Pickled step, int depth) {
    String name = step.type().substring(step.type().lastIndexOf('.') + 1);
    switch (name) {
      case "Compose" -> {
        for (Pickled inner : step.get("transforms").items()) {
          if (depth > 2) {
            throw new IllegalArgumentException("its transform holds itself");
          }
          step(inner, depth + 1);
        }
      }
      case "Resize" -> resize(step);
      case "CenterCrop", "ExportableCenterCrop" -> crop(step);
      case "Normalize" -> normalise(step);
      case "ToImage", "ToDtype" -> {}
      default ->
          throw new IllegalArgumentException(
              "its transform has the step "
                  + (name.isEmpty() ? "of an unknown kind" : name)
                  + ", which has no counterpart here");
    }
  }

  private void requireOrder(boolean right, String step) {
    if (!right) {
      throw new IllegalArgumentException("its transform has " + step + " in an unusual place");
    }
  }

  private void resize(Pickled step) {
    requireOrder(!choices.containsKey("resize") && !normalised, "a resize");
    String interpolation = interpolation(step.get("interpolation"));
    if (!interpolation.equals("bilinear")) {
      throw new IllegalArgumentException(
          "its transform resizes by " + interpolation + ", and here tensors by bilinear alone");
    }
    if (!step.get("max_size").isAbsent()) {
      throw new IllegalArgumentException("its transform limits the longer side of the resize");
    }
    List<Long> size = size(step, "resize");
    choices.put("resize", size.size() == 1 ? "shorter:" + size.getFirst() : sides(size));
    boolean antialias = step.get("antialias").flag().orElse(false);
    choices.put("interpolation", antialias ? "bilinear_float" : "bilinear_aliased");
  }

  /** A text, or a constant of an enum, which is made of one or of its name. */
  private static String interpolation(Pickled stored) {
    return stored
        .text()
        .or(() -> stored.arguments().stream().flatMap(a -> a.text().stream()).findFirst())
        .map(name -> name.toLowerCase(Locale.ROOT))
        .orElse("an unknown filter");
  }

  private void crop(Pickled step) {
    boolean first = choices.get("crop").equals("same");
    requireOrder(choices.containsKey("resize") && first && !normalised, "a crop");
    List<Long> size = size(step, "crop");
    choices.put("crop", sides(size.size() == 1 ? List.of(size.getFirst(), size.getFirst()) : size));
  }

  private void normalise(Pickled step) {
    requireOrder(choices.containsKey("resize") && !normalised, "a normalisation");
    if (!close(step.get("mean"), MEAN) || !close(step.get("std"), STD)) {
      throw new IllegalArgumentException(
          "its transform normalises by other means and deviations than ImageNet's");
    }
    normalised = true;
  }

  private static boolean close(Pickled values, List<Double> wanted) {
    List<Double> found =
        values.items().stream().map(value -> value.number().orElse(Double.NaN)).toList();
    boolean close = found.size() == wanted.size();
    for (int i = 0; close && i < wanted.size(); i++) {
      close = Math.abs(found.get(i) - wanted.get(i)) <= TOLERANCE;
    }
    return close;
  }

  private static List<Long> size(Pickled step, String what) {
    Pickled stored = step.get("size");
    List<Long> size =
        (stored.number().isPresent() ? List.of(stored) : stored.items())
            .stream().map(side -> side.number().map(Math::round).orElse(0L)).toList();
    if (size.isEmpty() || size.size() > 2 || size.stream().anyMatch(side -> side < 1)) {
      throw new IllegalArgumentException("its transform has a " + what + " of an unknown size");
    }
    return size;
  }

  /** Height and width as width and height. */
  private static String sides(List<Long> size) {
    return size.reversed().stream().map(String::valueOf).collect(Collectors.joining("x"));
  }
}
