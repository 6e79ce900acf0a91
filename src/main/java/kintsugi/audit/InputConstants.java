package kintsugi.audit;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** The constants by which pixels are normalised, a factor and an offset for each channel. */
final class InputConstants {
  private static final double[] MEAN = {0.485, 0.456, 0.406};
  private static final double[] STD = {0.229, 0.224, 0.225};

  private InputConstants() {}

  /** The name of the constants of {@code line[0]·v + line[1]}. */
  static String name(double[][] lines, boolean blueFirst) {
    Map<String, double[][]> known = known();
    for (Map.Entry<String, double[][]> each : known.entrySet()) {
      if (near(lines, each.getValue())) {
        return each.getKey();
      }
    }
    double[][] turned = {lines[2], lines[1], lines[0]};
    if (near(turned, known.get("ImageNet's mean and deviation"))) {
      // Blue first with blue's constants first is one choice, the order; else it is another.
      return blueFirst
          ? "ImageNet's mean and deviation"
          : "ImageNet's mean and deviation in the order BGR";
    }
    StringBuilder text = new StringBuilder("(v/255 − mean)/std with mean");
    for (double[] line : lines) {
      text.append(String.format(Locale.ROOT, " %.4f", -line[1] / line[0] / 255));
    }
    text.append(" and std");
    for (double[] line : lines) {
      text.append(String.format(Locale.ROOT, " %.4f", 1 / (255 * line[0])));
    }
    return text.toString();
  }

  /** Factor and offset per channel of the usual constants. */
  static Map<String, double[][]> known() {
    Map<String, double[][]> known = new LinkedHashMap<>();
    known.put("ImageNet's mean and deviation", lines(255, MEAN, STD));
    known.put("nothing, values from 0 to 1", lines(255, new double[3], new double[] {1, 1, 1}));
    known.put("nothing, values from 0 to 255", lines(1, new double[3], new double[] {1, 1, 1}));
    double[] half = {0.5, 0.5, 0.5};
    known.put("mean 0.5 and deviation 0.5", lines(255, half, half));
    known.put("ImageNet's mean alone", lines(255, MEAN, new double[] {1, 1, 1}));
    known.put("ImageNet's constants on values from 0 to 255", lines(1, MEAN, STD));
    double[] scaled = Arrays.stream(MEAN).map(mean -> 255 * mean).toArray();
    known.put("ImageNet's mean alone, values to 255", lines(1, scaled, new double[] {1, 1, 1}));
    double[][] twice = new double[3][];
    for (int c = 0; c < 3; c++) {
      double[] once = lines(255, MEAN, STD)[c];
      twice[c] = new double[] {once[0] / STD[c], (once[1] - MEAN[c]) / STD[c]};
    }
    known.put("ImageNet's mean and deviation, twice", twice);
    return known;
  }

  private static double[][] lines(double scale, double[] mean, double[] std) {
    double[][] lines = new double[3][];
    for (int c = 0; c < 3; c++) {
      lines[c] = new double[] {1 / (scale * std[c]), -mean[c] / std[c]};
    }
    return lines;
  }

  private static boolean near(double[][] lines, double[][] known) {
    for (int c = 0; c < 3; c++) {
      // At the ends of the range of pixel values.
      double low = Math.abs(lines[c][1] - known[c][1]);
      double high = Math.abs(255 * (lines[c][0] - known[c][0]) + lines[c][1] - known[c][1]);
      double scale = 255 * Math.abs(known[c][0]);
      if (!(Math.max(low, high) <= 2e-3 * scale)) {
        return false;
      }
    }
    return true;
  }
}
