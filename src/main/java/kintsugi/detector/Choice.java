package kintsugi.detector;

import java.util.List;

/**
 * The description of one choice of a recipe: its name, where the recipe holds it, and which values
 * it takes.
 *
 * @param name in snake_case, such as {@code bank_size}
 * @param path where the recipe's JSON holds it, from the outermost record on
 * @param values the values it takes, as a person writes them, such as {@code N|all}
 * @param description a sentence about it, with a full stop
 * @param absent the word for leaving an optional value out, such as {@code all}; empty for a choice
 *     that always has a value
 */
public record Choice(
    String name, List<String> path, String values, String description, String absent) {

  /** The word for leaving out a value that is computed then; 0 is a value of its own. */
  public static final String AUTO = "auto";

  /** The choices that every recipe has. */
  public static final List<Choice> COMMON =
      List.of(
          of(
              "resize",
              "preprocessing.resize",
              "SIZE",
              "Image size before the crop: WxH, shorter:N, scale:F, same, or auto[:N[-N]] for one that"
                  + " follows from the images' sizes."),
          of(
              "interpolation",
              "preprocessing.interpolation",
              "HOW",
              "Filter of the resize: bilinear or bicubic as Pillow has them, bilinear-float or"
                  + " bilinear-aliased as tensors are resized."),
          of("crop", "preprocessing.crop", "SIZE", "Centre crop: WxH, or same for none."),
          of(
                  "tile",
                  "preprocessing.tiling.side",
                  "N|none",
                  "Side in pixels of the tiles that a large image is cut into, each an input of the"
                      + " network.")
              .orAbsent("none"),
          of(
                  "overlap",
                  "preprocessing.tiling.overlap",
                  "N|auto",
                  "Pixels that adjacent tiles share at least; auto for a quarter of the tile.")
              .orAbsent(AUTO),
          of(
                  "bit_depth",
                  "preprocessing.bit_depth",
                  "N|file",
                  "Bits of a 16-bit image file that carry the value, such as 12; file for all.")
              .orAbsent("file"),
          of(
              "color_profile",
              "preprocessing.color_profile",
              "HOW",
              "Embedded colour profiles: keep the stored values, or convert them to sRGB."),
          of(
              "taps",
              "taps",
              "LAYER,...",
              "Feature layers, finest first, e.g. layer1,layer2 or layer1.1.bn2."),
          of(
              "map_interpolation",
              "map.upsampling",
              "HOW",
              "Upsampling of the score map: nearest, bilinear or bicubic."),
          of(
              "blur_sigma",
              "map.sigma",
              "X",
              "Standard deviation of the score map's blur in pixels; 0 for none."),
          of(
              "border",
              "map.border",
              "HOW",
              "Values beyond the edge of a blurred map: replicate, reflect or symmetric."),
          of(
              "threshold",
              "threshold",
              "RULE",
              "Threshold by youden, max-f1, corner, max-fpr:R, max-fnr:R; from normal images alone"
                  + " quantile:Q, margin:M or conformal:R; or value:X itself, on the normalised"
                  + " scale."));

  /** Copies the path. */
  public Choice {
    path = List.copyOf(path);
  }

  /**
   * {@return a choice that always has a value}
   *
   * @param name in snake_case
   * @param path record components separated by dots
   * @param values the values it takes, as a person writes them
   * @param description a sentence about it
   */
  public static Choice of(String name, String path, String values, String description) {
    return new Choice(name, List.of(path.split("\\.")), values, description, "");
  }

  /**
   * {@return the same choice with a word for leaving it out; 0 means the same, unless the word is
   * {@link #AUTO}}
   *
   * @param word such as {@code none}
   */
  public Choice orAbsent(String word) {
    return new Choice(name, path, values, description, word);
  }

  /** Whether a value, as text, leaves the choice out. */
  boolean isAbsent(String value) {
    boolean zero = value.equals("0") || value.equals("0.0");
    return !absent.isEmpty() && (value.equals(absent) || zero && !absent.equals(AUTO));
  }
}
