package kintsugi.audit;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The choices by which an image became a network's input, found by trying: for each way to turn,
 * resize and crop it, each channel is fitted by a factor and an offset, from which its mean and
 * standard deviation follow.
 *
 * @param orientation how the image was turned
 * @param size the size before the crop
 * @param resize the filter
 * @param rounding where values were rounded to 8 bits
 * @param channels red or blue first
 * @param normalisation the constants
 * @param error the maximum difference that remains, as a fraction of the maximum
 */
record InputChoices(
    String orientation,
    String size,
    String resize,
    String rounding,
    String channels,
    String normalisation,
    double error) {
  /** Rounding of fp32 values; half a level of 255 is ten times as much. */
  static final double BOUND = 2e-4;

  /** Two levels of 255, where the maximum is some 2.6 deviations. */
  private static final double NEAR = 1.5e-2;

  /** Pixel values as they are. */
  private static final double[][] LEVELS = {{1, 0}, {1, 0}, {1, 0}};

  boolean found() {
    return error <= BOUND;
  }

  /** Whether what remains is so little that it may be rounding in another place. */
  boolean isNear() {
    return error <= NEAR;
  }

  /** The choices in words. */
  String text() {
    return String.join(
        ", ",
        size + " by " + resize + (rounding.isEmpty() ? "" : " (" + rounding + ")"),
        channels,
        "normalised by " + normalisation + (orientation.isEmpty() ? "" : ", " + orientation));
  }

  /** How these choices differ from others, a line each. */
  List<String> against(InputChoices b) {
    Map<String, List<String>> all = new LinkedHashMap<>();
    all.put("orientation: ", List.of(plain(orientation), plain(b.orientation)));
    all.put("channel order: ", List.of(channels, b.channels));
    all.put("normalisation: ", List.of(normalisation, b.normalisation));
    all.put("size and crop: ", List.of(size, b.size));
    all.put("resize: ", List.of(resize, b.resize));
    all.put("rounding of the resize: ", List.of(rounding, b.rounding));
    return all.entrySet().stream()
        .filter(each -> !each.getValue().getFirst().equals(each.getValue().getLast()))
        .map(
            each ->
                each.getKey()
                    + "A's is "
                    + each.getValue().getFirst()
                    + ", B's is "
                    + each.getValue().getLast()
                    + rest(b))
        .toList();
  }

  /** What is left to explain. */
  private String rest(InputChoices b) {
    return found() && b.found()
        ? ""
        : String.format(
            Locale.ROOT, ", which leaves %.1e of the maximum", Math.max(error, b.error));
  }

  private static String plain(String orientation) {
    return orientation.isEmpty() ? "the image's" : orientation;
  }

  /**
   * The choices that come nearest.
   *
   * @param pixels {@code [3, h, w]}, 0 to 255
   * @param input {@code [3, H, W]}
   */
  static InputChoices of(Planes pixels, Planes input) {
    Search search = new Search(input);
    for (Turn turn : Turn.values()) {
      search.run(turn, turn.apply(pixels));
      if (search.best.found()) {
        break;
      }
    }
    return search.best;
  }

  /** The ways to turn an image: as a file's orientation has them. */
  enum Turn {
    NONE("", false, false, false),
    EXCHANGED("rows and columns exchanged (H and W)", true, false, false),
    MIRRORED("mirrored", false, true, false),
    UPSIDE_DOWN("upside down", false, false, true),
    HALF("turned by 180°", false, true, true),
    RIGHT("turned by 90° to the right", true, true, false),
    LEFT("turned by 90° to the left", true, false, true);

    final String text;
    private final boolean exchanged;
    private final boolean mirrored;
    private final boolean upsideDown;

    Turn(String text, boolean exchanged, boolean mirrored, boolean upsideDown) {
      this.text = text;
      this.exchanged = exchanged;
      this.mirrored = mirrored;
      this.upsideDown = upsideDown;
    }

    Planes apply(Planes in) {
      int h = exchanged ? in.w() : in.h();
      int w = exchanged ? in.h() : in.w();
      double[][] out = new double[in.count()][h * w];
      for (int i = 0; i < h * w; i++) {
        int y = upsideDown ? h - 1 - i / w : i / w;
        int x = mirrored ? w - 1 - i % w : i % w;
        for (int c = 0; c < out.length; c++) {
          out[c][i] = in.planes()[c][exchanged ? x * in.w() + y : y * in.w() + x];
        }
      }
      return new Planes(out, h, w);
    }
  }

  /** The best choices so far for one input. */
  private static final class Search {
    private final Planes input;
    InputChoices best = new InputChoices("", "", "", "", "", "", Double.POSITIVE_INFINITY);

    Search(Planes input) {
      this.input = input;
    }

    void run(Turn turn, Planes image) {
      for (Resized.Size size : Resized.sizes(image, input)) {
        for (Resized way : Resized.ALL) {
          Planes cropped = way.apply(image, size, input.h(), input.w());
          String how = size.isSame(image) ? "no filter" : way.how();
          String rounding = size.isSame(image) ? "" : way.rounding();
          fit(turn, size.text(input), how, rounding, cropped);
          if (best.found() || size.isSame(image)) {
            break;
          }
        }
        if (best.found()) {
          return;
        }
      }
    }

    private void fit(Turn turn, String size, String how, String rounding, Planes cropped) {
      for (boolean blueFirst : new boolean[] {false, true}) {
        double[][] lines = new double[3][];
        double error = 0;
        for (int c = 0; c < 3; c++) {
          double[] from = cropped.planes()[blueFirst ? 2 - c : c];
          lines[c] = Relations.line(from, input.planes()[c]);
          error = Math.max(error, residual(lines[c], from, input.planes()[c]));
        }
        if (error < best.error) {
          String order = blueFirst ? "BGR" : "RGB";
          best =
              new InputChoices(
                  turn.text,
                  size,
                  how,
                  rounding,
                  order,
                  InputConstants.name(lines, blueFirst),
                  error);
        }
      }
    }

    private static double residual(double[] line, double[] from, double[] to) {
      double most = 0;
      double maximum = 0;
      for (int i = 0; i < to.length; i++) {
        most = Math.max(most, Math.abs(line[0] * from[i] + line[1] - to[i]));
        maximum = Math.max(maximum, Math.abs(to[i]));
      }
      return most == 0 ? 0 : most / maximum;
    }
  }

  /**
   * The same input with one choice changed, for each of the usual others that keep its size.
   *
   * @param pixels {@code [3, h, w]}
   * @return inputs by what was changed
   */
  Map<String, Planes> changed(Planes pixels, Planes input) {
    Map<String, Planes> changed = new LinkedHashMap<>();
    double[][] own = InputConstants.known().get(normalisation);
    if (own == null) {
      changed.put("channel order: BGR", input.reversed());
    } else {
      changed.put("channel order: BGR", input.mapped(own, LEVELS).reversed().mapped(LEVELS, own));
      InputConstants.known()
          .forEach(
              (name, lines) -> {
                if (!name.equals(normalisation)) {
                  changed.put("normalisation: " + name, input.mapped(own, lines));
                }
              });
      resized(pixels, input, own, changed);
    }
    return changed;
  }

  private void resized(Planes pixels, Planes input, double[][] own, Map<String, Planes> changed) {
    Set<Resized.Size> sizes = new LinkedHashSet<>(Resized.sizes(pixels, input));
    for (Resized.Size size : sizes) {
      boolean same = size.text(input).equals(this.size);
      for (Resized way : Resized.ALL) {
        boolean sameWay = way.how().equals(resize) && way.rounding().equals(rounding);
        if (same != sameWay) {
          String text =
              same
                  ? "resize: " + way.how() + (way.rounding().isEmpty() ? "" : ", " + way.rounding())
                  : "size and crop: " + size.text(input);
          Planes cropped = way.apply(pixels, size, input.h(), input.w());
          changed.put(text, cropped.mapped(LEVELS, own));
        }
      }
    }
  }
}
