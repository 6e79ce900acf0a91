package kintsugi.dataset;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import kintsugi.image.Mask;
import kintsugi.scoremap.Regions;
import kintsugi.tensor.Tensor;
import org.apache.commons.math3.stat.descriptive.rank.Median;

/**
 * The sizes of the defects in masks, and the input of the network that would show them. A defect is
 * a connected region of a mask, its size the shorter side of its box. One that is smaller than a
 * patch of {@code layer2}, {@value #PATCH} pixels of the network's input, is easily missed.
 */
public final class DefectSizes {
  /** The side of a patch of {@code layer2} in pixels of the network's input. */
  public static final int PATCH = 8;

  /** The shorter side of an input that every image should have, whatever its defects are. */
  private static final int USUAL = 256;

  /** The shorter side from which on an input is better cut into tiles. */
  private static final int LARGE = 512;

  private final List<Double> sides = new ArrayList<>();
  private int width;
  private int height;

  /** Sizes of no defect yet. */
  public DefectSizes() {}

  /**
   * An input of the network.
   *
   * @param width columns of the resized image
   * @param height rows of the resized image
   * @param tile the side of the tiles that it is cut into; empty where it stays whole
   * @param layers the feature layers, finest first
   */
  public record Proposal(int width, int height, OptionalInt tile, List<String> layers) {}

  /**
   * Adds the defects of a mask.
   *
   * @param mask of an image's own size
   */
  public void add(Mask mask) {
    width = Math.max(width, mask.width());
    height = Math.max(height, mask.height());
    if (mask.isEmpty()) {
      return;
    }
    for (Regions.Region region : Regions.of(anomalousPart(mask), 1)) {
      sides.add((double) Math.min(region.right() - region.left(), region.bottom() - region.top()));
    }
  }

  /** The mask within the box around all of its defects, so that a large one takes no memory. */
  private static Tensor anomalousPart(Mask mask) {
    int left = mask.width();
    int top = mask.height();
    int right = 0;
    int bottom = 0;
    for (int y = 0; y < mask.height(); y++) {
      for (int x = 0; x < mask.width(); x++) {
        if (mask.at(x, y)) {
          left = Math.min(left, x);
          right = Math.max(right, x + 1);
          top = Math.min(top, y);
          bottom = y + 1;
        }
      }
    }
    Tensor part = Tensor.zeros(bottom - top, right - left);
    for (int i = 0; i < part.size(); i++) {
      boolean anomalous = mask.at(left + i % (right - left), top + i / (right - left));
      part.data()[i] = anomalous ? 1 : 0;
    }
    return part;
  }

  /** {@return how many defects there are} */
  public int count() {
    return sides.size();
  }

  /** {@return the median of the defects' shorter sides in pixels of the images; NaN without one} */
  public double median() {
    return new Median().evaluate(sides.stream().mapToDouble(side -> side).toArray());
  }

  /**
   * The input that shows half of the defects: at least so large that their median is a patch of
   * {@code layer2}, at most the largest image's own size, and cut into tiles where it is large.
   * Where a defect is smaller than that at the image's own size, {@code layer1} is among the
   * layers.
   *
   * @return the input
   * @throws IllegalStateException if there is no defect
   */
  public Proposal proposal() {
    if (sides.isEmpty()) {
      throw new IllegalStateException("there is no defect");
    }
    int shorter = Math.min(width, height);
    double scale = Math.min(1, Math.max(PATCH / median(), (double) USUAL / shorter));
    int wide = (int) Math.round(scale * width);
    int high = (int) Math.round(scale * height);
    return new Proposal(
        wide,
        high,
        Math.min(wide, high) > LARGE ? OptionalInt.of(USUAL) : OptionalInt.empty(),
        scale * median() < PATCH ? List.of("layer1", "layer2") : List.of("layer2", "layer3"));
  }
}
