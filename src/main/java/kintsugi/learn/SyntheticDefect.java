package kintsugi.learn;

import java.util.BitSet;
import java.util.Locale;
import java.util.SplittableRandom;
import kintsugi.image.Mask;
import kintsugi.image.Pixels;

/**
 * A normal image with a defect drawn into it.
 *
 * <p>Sources: rectangles and thin strips cut from one place and pasted elsewhere (C.-L. Li, K.
 * Sohn, J. Yoon, T. Pfister, <i>CutPaste</i>, 2021), and foreign texture within a mask of
 * thresholded noise (V. Zavrtanik, M. Kristan, D. Skočaj, <i>DRAEM</i>, 2021); scratches and blobs
 * in addition.
 *
 * @param image the image with its defect
 * @param mask the pixels that differ from the normal image
 */
public record SyntheticDefect(Pixels image, Mask mask) {

  /** The kinds of defects. */
  public enum Kind {
    /** A rectangle of another place, with other brightness. */
    PATCH,
    /** A thin, turned strip of another place. */
    STRIP,
    /** Another image's texture, or noise, in a ragged mask. */
    TEXTURE,
    /** A thin curve, lighter or darker. */
    SCRATCH,
    /** A spot with soft edges, lighter or darker. */
    BLOB
  }

  /**
   * What is drawn.
   *
   * @param kind of the defect
   * @param extent of the defect, as a fraction of the image's shorter side
   * @param contrast how much it differs, from 0 (not at all) to 1
   */
  public record Plan(Kind kind, double extent, double contrast) {
    private static final double[] EXTENTS = {0.06, 0.12, 0.25};
    private static final double MEDIUM = 0.5;
    private static final double[] CONTRASTS = {MEDIUM, 0.25, 1};

    /** {@return contrast and kind in words, such as {@code faint scratch}} */
    public String name() {
      String strength = contrast < MEDIUM ? "faint " : contrast > MEDIUM ? "strong " : "medium ";
      return strength + kind.name().toLowerCase(Locale.ROOT);
    }

    /**
     * {@return the plan of a number: kinds change fastest, then extents, then contrasts}
     *
     * @param index 0 or above
     */
    public static Plan of(int index) {
      Kind[] kinds = Kind.values();
      return new Plan(
          kinds[index % kinds.length],
          EXTENTS[index / kinds.length % EXTENTS.length],
          CONTRASTS[index / kinds.length / EXTENTS.length % CONTRASTS.length]);
    }
  }

  /** Levels by which at least one value of a visible defect differs. */
  private static final int VISIBLE = 10;

  private static final int ATTEMPTS = 12;

  /**
   * {@return a defect drawn into an image}
   *
   * @param normal the image
   * @param other another normal image, whose texture may be taken
   * @param plan what is drawn
   * @param seed fixes every draw
   */
  public static SyntheticDefect draw(Pixels normal, Pixels other, Plan plan, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Pixels drawn = normal;
    double contrast = plan.contrast;
    for (int i = 0; i < ATTEMPTS && difference(normal, drawn) < VISIBLE; i++) {
      Plan stronger = new Plan(plan.kind, plan.extent, contrast);
      drawn = new Drawing(normal, other, stronger, random).drawn();
      contrast = Math.min(1, contrast * 1.5);
    }
    BitSet differs = new BitSet();
    for (int i = 0; i < drawn.rgb().length; i++) {
      if (drawn.rgb()[i] != normal.rgb()[i]) {
        differs.set(i / 3);
      }
    }
    return new SyntheticDefect(drawn, Mask.of(normal.width(), normal.height(), differs));
  }

  private static int difference(Pixels a, Pixels b) {
    int most = 0;
    for (int i = 0; i < a.rgb().length; i++) {
      most = Math.max(most, Math.abs((a.rgb()[i] & 0xff) - (b.rgb()[i] & 0xff)));
    }
    return most;
  }
}
