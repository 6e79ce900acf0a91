package kintsugi.book;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import kintsugi.image.ImageSource;
import kintsugi.image.Mask;
import kintsugi.image.Pixels;

/**
 * The book's images: grey concrete of 224x224 pixels, drawn by arithmetic that is the same on every
 * machine. An anomalous image has a crack, a faint one in every third, and every second has a chip
 * too.
 */
record Concrete(String name, Pixels pixels, BitSet anomalous) {
  static final int SIDE = 224;

  /** {@return images, all normal or all anomalous} */
  static List<Concrete> draw(String name, int count, boolean cracked, long seed) {
    Random random = new Random(seed);
    List<Concrete> images = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      double[] grey = ground(random);
      BitSet anomalous = new BitSet();
      if (cracked) {
        crack(grey, anomalous, i % 3 == 2 ? 14 : 45, random);
        if (i % 2 == 1) {
          int x = 20 + random.nextInt(SIDE - 40);
          disc(grey, anomalous, x, 20 + random.nextInt(SIDE - 40), 3 + random.nextInt(6), 40);
        }
      }
      byte[] rgb = new byte[SIDE * SIDE * 3];
      for (int p = 0; p < grey.length; p++) {
        int value = Math.clamp(Math.round(grey[p] + 5 * random.nextGaussian()), 0, 255);
        rgb[3 * p] = (byte) value;
        rgb[3 * p + 1] = (byte) (value * 0.97);
        rgb[3 * p + 2] = (byte) (value * 0.92);
      }
      images.add(new Concrete(name + i, new Pixels(SIDE, SIDE, rgb), anomalous));
    }
    return images;
  }

  ImageSource source() {
    return ImageSource.of(name, pixels);
  }

  boolean isAnomalous() {
    return !anomalous.isEmpty();
  }

  Mask mask() {
    return Mask.of(SIDE, SIDE, anomalous);
  }

  /** {@return the image's red values on a grid of the given side, for a figure} */
  float[] grey(int side) {
    float[] grey = new float[side * side];
    int step = SIDE / side;
    for (int i = 0; i < SIDE * SIDE; i++) {
      int to = i / SIDE / step * side + i % SIDE / step;
      grey[to] += pixels.at(i % SIDE, i / SIDE, 0) / (float) (step * step);
    }
    return grey;
  }

  private static double[] ground(Random random) {
    double base = 150 + 30 * random.nextDouble();
    double[] wave = random.doubles(12, -1, 1).toArray();
    double[] grey = new double[SIDE * SIDE];
    for (int i = 0; i < grey.length; i++) {
      grey[i] = base;
      for (int k = 0; k < 4; k++) {
        double along = wave[3 * k] * (i % SIDE) + wave[3 * k + 1] * (i / SIDE);
        grey[i] += 4 * StrictMath.sin(along * 0.03 + wave[3 * k + 2] * Math.PI);
      }
    }
    for (int pore = random.nextInt(10); pore >= 0; pore--) {
      int x = random.nextInt(SIDE);
      disc(grey, null, x, random.nextInt(SIDE), random.nextInt(3), 25 + random.nextInt(25));
    }
    return grey;
  }

  private static void crack(double[] grey, BitSet mask, int depth, Random random) {
    double x = SIDE * (0.2 + 0.6 * random.nextDouble());
    double slope = random.nextDouble() - 0.5;
    int first = random.nextInt(60);
    int last = SIDE - random.nextInt(60);
    for (int y = first; y < last; y++) {
      slope = Math.clamp(slope + 0.4 * (random.nextDouble() - 0.5), -1.2, 1.2);
      x = Math.clamp(x + slope, 3.0, SIDE - 4.0);
      disc(grey, mask, (int) x, y, 1, depth);
    }
  }

  /** Darkens a disc once, even where it was darkened before. */
  private static void disc(double[] grey, BitSet mask, int cx, int cy, int radius, int depth) {
    for (int y = Math.max(0, cy - radius); y <= Math.min(SIDE - 1, cy + radius); y++) {
      for (int x = Math.max(0, cx - radius); x <= Math.min(SIDE - 1, cx + radius); x++) {
        boolean inside = (x - cx) * (x - cx) + (y - cy) * (y - cy) <= radius * radius;
        int at = y * SIDE + x;
        if (inside && (mask == null || !mask.get(at))) {
          grey[at] -= depth;
          if (mask != null) {
            mask.set(at);
          }
        }
      }
    }
  }
}
