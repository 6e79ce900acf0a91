package kintsugi.learn;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kintsugi.detector.Choice;
import kintsugi.detector.Choices;
import kintsugi.detector.InputSize;
import kintsugi.detector.Methods;
import kintsugi.detector.Recipe;

/**
 * The candidates that are proposed for images of some size, in the order of their promise: what did
 * best on public sets of metal, solar cells, concrete and pasta comes first, and no more of it than
 * ten minutes on two cores allow for a few hundred images.
 */
final class Candidates {
  /** How much larger than the images an input may be, by area. */
  private static final double ENLARGEMENT = 1.7;

  /** Pixels from which on an image is also looked at in tiles: the largest input is a quarter. */
  private static final double LARGE = 4.0 * 640 * 640;

  private static final int TILE = 256;

  /** Patches of a large image that a coreset is chosen from. */
  private static final int DRAWN = 2000;

  /** The stride of the third layer. */
  private static final int MULTIPLE = 16;

  /** Patches of a memory bank: many more were no better. */
  private static final int BANK = 2000;

  private static final String FINE = "layer2,layer3";

  private final int width;
  private final int height;
  private final List<Family> families = new ArrayList<>();

  private Candidates(int width, int height) {
    this.width = width;
    this.height = height;
  }

  /**
   * The candidates for images of a size.
   *
   * @param width columns of an image of the median area and aspect
   * @param height rows of it
   */
  static List<Family> of(int width, int height) {
    Candidates all = new Candidates(width, height);
    int usual = Math.clamp(Math.round(Math.sqrt((double) width * height)), 256, 384);
    all.patchcore(usual, FINE, "image");
    all.patchcore(224, "layer3", "none");
    all.padim(192);
    all.patchcore(512, FINE, "image");
    all.patchcore(192, FINE, "image");
    all.patchcore(320, FINE, "patch");
    all.patchcore(320, "layer3", "none");
    all.patchcore(384, FINE, "image");
    all.patchcore(640, FINE, "image");
    all.padim(256);
    all.patchcore(256, "layer1,layer2,layer3", "image");
    all.patchcore(usual, "layer2", "image");
    all.patchcore(256, FINE, "patch");
    all.patchcore(512, "layer2", "image");
    all.padim(384);
    if ((double) width * height >= LARGE) {
      all.tiled();
    }
    return List.copyOf(all.families);
  }

  private boolean isTooLarge(int side) {
    return side > 256 && (double) side * side > ENLARGEMENT * width * height;
  }

  /** The size of an image's aspect and a square's area, in multiples of the layers' stride. */
  static InputSize size(int width, int height, int side) {
    double stretch = Math.sqrt(Math.clamp((double) width / height, 1.0 / 16, 16.0));
    return new InputSize(multiple(side * stretch), multiple(side / stretch));
  }

  private static int multiple(double length) {
    return (int) Math.max(4 * MULTIPLE, Math.round(length / MULTIPLE) * MULTIPLE);
  }

  private void patchcore(int side, String taps, String scale) {
    add("patchcore/kintsugi", side, bank(taps, scale));
  }

  private static Map<String, Object> bank(String taps, String scale) {
    Map<String, Object> choices = new LinkedHashMap<>();
    choices.put("taps", taps);
    choices.put("layer_scale", scale);
    choices.put("bank_size", BANK);
    choices.put("reweighting", "none");
    return choices;
  }

  /** Tiles of the image at its own size. */
  private void tiled() {
    Map<String, Object> choices = bank(FINE, "image");
    choices.put("tile", TILE);
    choices.put("overlap", TILE / 4);
    choices.put("candidates", DRAWN);
    add("patchcore/kintsugi", (int) Math.sqrt((double) width * height), choices);
  }

  private void padim(int side) {
    add("padim/kintsugi", side, new LinkedHashMap<>());
  }

  private void add(String name, int side, Map<String, Object> choices) {
    if (isTooLarge(side)) {
      return;
    }
    choices.put("resize", size(width, height, side).toString());
    Recipe usual = Methods.recipe(name);
    choices.keySet().removeIf(choice -> !has(usual, choice));
    Recipe fitted = Choices.with(usual, choices);
    List<Recipe> variants = new ArrayList<>();
    for (String score : List.of("top-1%", "max", "top-3%", "top-10%")) {
      variants.add(Choices.with(fitted, Map.of("score", score)));
    }
    Family family = new Family(fitted, variants);
    if (families.stream().noneMatch(other -> other.fitted().equals(fitted))) {
      families.add(family);
    }
  }

  private static boolean has(Recipe recipe, String name) {
    return Methods.named(recipe.method()).allChoices().stream()
        .map(Choice::name)
        .anyMatch(name::equals);
  }
}
