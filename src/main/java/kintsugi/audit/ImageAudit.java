package kintsugi.audit;

import java.awt.geom.Point2D;
import java.util.Locale;
import java.util.Random;
import kintsugi.image.Interpolation;
import kintsugi.image.Pixels;
import kintsugi.image.Preprocessing;
import kintsugi.image.Resize;
import kintsugi.image.TargetSize;
import kintsugi.tensor.Tensor;

/** The audit of the way from pixels to the network's input and back. */
final class ImageAudit {
  private static final double[] MEAN = {0.485, 0.456, 0.406};
  private static final double[] STD = {0.229, 0.224, 0.225};

  /** The distance from half a level at which Pillow's 22-bit weights may round to either side. */
  private static final double TIE = 1e-3;

  private ImageAudit() {}

  static void run(Bench bench) {
    Pixels image = image(new Random(13), 75, 50);
    for (Interpolation interpolation : Interpolation.values()) {
      if (interpolation.isRounded()) {
        resize(bench, image, 30, 20, interpolation);
        resize(bench, image, 100, 61, interpolation);
      } else {
        exact(bench, image, 30, 20, interpolation);
        exact(bench, image, 100, 61, interpolation);
      }
    }
    input(bench, image);
    wayBack(bench);
  }

  private static Pixels image(Random random, int width, int height) {
    byte[] rgb = new byte[width * height * 3];
    random.nextBytes(rgb);
    for (int i = 0; i < 300; i++) {
      rgb[i] = (byte) (i % 2 == 0 ? 0 : 255);
    }
    return new Pixels(width, height, rgb);
  }

  /** One weight of the antialiasing filter, which shrinking stretches. */
  private static double weight(double distance, double stretch, Interpolation interpolation) {
    double t = Math.abs(distance) / stretch;
    if (interpolation != Interpolation.BICUBIC) {
      return Math.max(0, 1 - t);
    }
    double a = -0.5;
    if (t < 1) {
      return (a + 2) * t * t * t - (a + 3) * t * t + 1;
    }
    return t < 2 ? a * (t * t * t - 5 * t * t + 8 * t - 4) : 0;
  }

  /** One line resized, with the weights or with their absolute values. */
  private static double[] line(
      double[] in, int out, Interpolation interpolation, boolean absolute) {
    double scale = (double) in.length / out;
    double stretch = interpolation.isAntialiased() ? Math.max(1, scale) : 1;
    double[] result = new double[out];
    for (int i = 0; i < out; i++) {
      double centre = (i + 0.5) * scale;
      double sum = 0;
      for (int k = 0; k < in.length; k++) {
        double w = weight(k + 0.5 - centre, stretch, interpolation);
        result[i] += (absolute ? Math.abs(w) : w) * in[k];
        sum += w;
      }
      result[i] /= sum;
    }
    return result;
  }

  private static void resize(Bench bench, Pixels p, int width, int height, Interpolation how) {
    Pixels resized = Resize.resize(p, width, height, how);
    double[] actual = new double[width * height * 3];
    double[] wanted = new double[actual.length];
    double[] bound = new double[actual.length];
    for (int c = 0; c < 3; c++) {
      double[][] wide = new double[p.height()][];
      for (int y = 0; y < p.height(); y++) {
        double[] row = new double[p.width()];
        for (int x = 0; x < row.length; x++) {
          row[x] = p.at(x, y, c);
        }
        wide[y] = line(row, width, how, false);
      }
      for (int x = 0; x < width; x++) {
        double[] column = new double[p.height()];
        double[] doubtful = new double[p.height()];
        for (int y = 0; y < column.length; y++) {
          // Between its two passes the image is one of 8 bits; at a tie it may be either.
          double rounded = Math.floor(wide[y][x] + 0.5);
          column[y] = Math.clamp(rounded, 0, 255);
          doubtful[y] = Math.abs(rounded - 0.5 - wide[y][x]) < TIE ? 1 : 0;
          doubtful[y] += Math.abs(rounded + 0.5 - wide[y][x]) < TIE ? 1 : 0;
        }
        double[] done = line(column, height, how, false);
        double[] doubt = line(doubtful, height, how, true);
        for (int y = 0; y < height; y++) {
          actual[(y * width + x) * 3 + c] = resized.at(x, y, c);
          wanted[(y * width + x) * 3 + c] = Math.clamp(done[y], 0, 255);
          bound[(y * width + x) * 3 + c] = 0.5 + TIE + doubt[y];
        }
      }
    }
    bench.compare(
        "–",
        "resize " + how.name().toLowerCase(Locale.ROOT) + " 75x50 to " + width + "x" + height,
        "fp64 antialiasing filter",
        "½ level, more where the first pass had a tie",
        actual,
        new Expected(wanted, bound));
  }

  /** A resize that does not round, as normalised values. */
  private static void exact(Bench bench, Pixels p, int width, int height, Interpolation how) {
    TargetSize size = new TargetSize.Exact(width, height);
    Tensor input = new Preprocessing(size, how, new TargetSize.Same()).apply(p);
    double[] wanted = new double[input.size()];
    for (int c = 0; c < 3; c++) {
      double[][] wide = new double[p.height()][];
      for (int y = 0; y < p.height(); y++) {
        double[] row = new double[p.width()];
        for (int x = 0; x < row.length; x++) {
          row[x] = p.at(x, y, c) / 255.0;
        }
        wide[y] = line(row, width, how, false);
      }
      for (int x = 0; x < width; x++) {
        double[] column = new double[p.height()];
        for (int y = 0; y < column.length; y++) {
          column[y] = wide[y][x];
        }
        double[] done = line(column, height, how, false);
        for (int y = 0; y < height; y++) {
          wanted[(y * width + x) * 3 + c] = (done[y] - MEAN[c]) / STD[c];
        }
      }
    }
    bench.compare(
        "–",
        "resize " + how.name().toLowerCase(Locale.ROOT) + " 75x50 to " + width + "x" + height,
        "fp64 filter",
        "γ(24)·(1 + mean)/std",
        Bench.doubles(input.data()),
        Expected.within(wanted, Expected.gamma(24, Expected.FLOAT) * 1.5 / 0.224));
  }

  private static void input(Bench bench, Pixels image) {
    Preprocessing preprocessing =
        new Preprocessing(
            new TargetSize.Same(), Interpolation.BILINEAR, new TargetSize.Exact(41, 33));
    Tensor input = preprocessing.apply(image);
    double[] wanted = new double[input.size()];
    int left = (75 - 41) / 2;
    // Half of 17 goes to the even neighbour, as Python rounds.
    int top = 8;
    for (int i = 0; i < wanted.length; i++) {
      int c = i % 3;
      int x = left + i / 3 % 41;
      int y = top + i / 3 / 41;
      wanted[i] = (image.at(x, y, c) / 255.0 - MEAN[c]) / STD[c];
    }
    bench.compare(
        "–",
        "centre crop 41x33 of 75x50, normalised",
        "fp64 definition",
        "γ(4)·(1 + mean)/std",
        Bench.doubles(input.data()),
        Expected.within(wanted, Expected.gamma(4, Expected.FLOAT) * 1.5 / 0.224));
  }

  /** The corners and the centre of a 224x224 input of a 300x200 image. */
  private static void wayBack(Bench bench) {
    Preprocessing preprocessing =
        new Preprocessing(
            new TargetSize.ShorterSide(256),
            Interpolation.BILINEAR,
            new TargetSize.Exact(224, 224));
    double[] actual = new double[6];
    double[] wanted = new double[6];
    double[] places = {0, 112, 224};
    for (int i = 0; i < 3; i++) {
      Point2D at = preprocessing.toImage(300, 200).toImage(places[i], places[i]);
      actual[2 * i] = at.getX();
      actual[2 * i + 1] = at.getY();
      wanted[2 * i] = (places[i] + (384 - 224) / 2) * 300 / 384.0;
      wanted[2 * i + 1] = (places[i] + (256 - 224) / 2) * 200 / 256.0;
    }
    bench.compare(
        "–",
        "from map to image coordinates",
        "margins added, then scaled",
        "γ(8)·300 in fp64",
        actual,
        Expected.within(wanted, Expected.gamma(8, Expected.DOUBLE) * 300));
  }
}
