package kintsugi.dataset;

import java.awt.AlphaComposite;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Path2D;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import kintsugi.InputException;
import kintsugi.OutputFolder;
import kintsugi.image.ImageSource;

/**
 * A synthetic data set of concrete: grey with soft stains, grain and pores; the anomalous images
 * have a crack, a dark random walk across them. For demonstrations and tests without data.
 */
public final class SyntheticConcrete {
  /** The folder of images without a crack. */
  public static final String NORMAL = "Negative";

  /** The folder of images with a crack. */
  public static final String ANOMALOUS = "Positive";

  private static final int SIDE = 227;

  private SyntheticConcrete() {}

  /**
   * Writes normal and anomalous images into two folders.
   *
   * @param folder the parent of both folders
   * @param normal the count of images without a crack
   * @param anomalous the count of images with a crack
   * @param seed fixes every draw
   * @throws InputException if they cannot be written
   */
  public static void write(Path folder, int normal, int anomalous, long seed) {
    try (OutputFolder out = open(folder, normal, anomalous)) {
      write(out, normal, anomalous, seed);
    }
  }

  /**
   * {@return the parent of both folders, open}
   *
   * @param folder the parent
   * @param normal the count of images without a crack
   * @param anomalous the count of images with a crack
   * @throws InputException if it cannot be written, or has other files of the images' names
   */
  public static OutputFolder open(Path folder, int normal, int anomalous) {
    List<String> names = new ArrayList<>();
    IntStream.range(0, normal).forEach(i -> names.add(name(NORMAL, i)));
    IntStream.range(0, anomalous).forEach(i -> names.add(name(ANOMALOUS, i)));
    return OutputFolder.of(folder, "demo", names);
  }

  /**
   * Writes normal and anomalous images into two folders of a parent that is open, all or none.
   *
   * @param out the parent of both folders
   * @param normal the count of images without a crack
   * @param anomalous the count of images with a crack
   * @param seed fixes every draw
   * @throws InputException if they cannot be written
   */
  public static void write(OutputFolder out, int normal, int anomalous, long seed) {
    Random random = new Random(seed);
    writeKind(out, NORMAL, normal, random);
    writeKind(out, ANOMALOUS, anomalous, random);
    out.commit();
  }

  private static String name(String kind, int index) {
    return String.format(Locale.ROOT, "%s/%03d.png", kind, index);
  }

  private static void writeKind(OutputFolder out, String kind, int count, Random random) {
    for (int i = 0; i < count; i++) {
      BufferedImage image = draw(kind, random, 1);
      out.write(name(kind, i), file -> ImageIO.write(image, "png", file.toFile()));
    }
  }

  /**
   * {@return the images that {@link #write} writes, in memory: the normal ones, then the anomalous}
   *
   * @param normal the count of images without a crack
   * @param anomalous the count of images with a crack
   * @param seed fixes every draw
   */
  public static List<ImageSource> draw(int normal, int anomalous, long seed) {
    return draw(normal, anomalous, seed, 1);
  }

  /**
   * {@return images whose cracks differ in opacity: the normal ones, then the anomalous}
   *
   * @param normal the count of images without a crack
   * @param anomalous the count of images with a crack
   * @param seed fixes every draw
   * @param faintest opacity of a crack, above 0 and at most 1: that of each is drawn between this
   *     and 1, the faint ones more often; with 1 every crack is as {@link #write} draws it
   */
  public static List<ImageSource> draw(int normal, int anomalous, long seed, double faintest) {
    Random random = new Random(seed);
    return IntStream.range(0, normal + anomalous)
        .mapToObj(
            i -> {
              String kind = i < normal ? NORMAL : ANOMALOUS;
              BufferedImage image = draw(kind, random, faintest);
              return ImageSource.of(name(kind, i < normal ? i : i - normal), image);
            })
        .toList();
  }

  private static BufferedImage draw(String kind, Random random, double faintest) {
    BufferedImage image = concrete(random);
    if (kind.equals(ANOMALOUS)) {
      double opacity = faintest == 1 ? 1 : Math.pow(faintest, random.nextDouble());
      drawCrack(image, random, (float) opacity);
    }
    addGrain(image, random);
    return image;
  }

  private static BufferedImage concrete(Random random) {
    BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
    double base = 150 + 30 * random.nextDouble();
    double[] wave = random.doubles(12, -1, 1).toArray();
    for (int y = 0; y < SIDE; y++) {
      for (int x = 0; x < SIDE; x++) {
        double stain = 0;
        for (int k = 0; k < 4; k++) {
          double angle = (wave[3 * k] * x + wave[3 * k + 1] * y) * 0.03 + wave[3 * k + 2] * Math.PI;
          stain += 4 * Math.sin(angle);
        }
        image.setRGB(x, y, warmGrey(base + stain));
      }
    }
    Graphics2D graphics = pen(image);
    for (int pore = random.nextInt(10); pore >= 0; pore--) {
      graphics.setColor(new Color(warmGrey(base - 25 - random.nextInt(25))));
      int size = 1 + random.nextInt(4);
      graphics.fillOval(random.nextInt(SIDE), random.nextInt(SIDE), size, size);
    }
    graphics.dispose();
    return image;
  }

  private static void drawCrack(BufferedImage image, Random random, float opacity) {
    Graphics2D graphics = pen(image);
    graphics.setComposite(AlphaComposite.getInstance(AlphaComposite.SRC_OVER, opacity));
    graphics.rotate(random.nextDouble() * 2 * Math.PI, SIDE / 2.0, SIDE / 2.0);
    graphics.setColor(new Color(warmGrey(45 + random.nextInt(30))));
    double y = SIDE * (0.35 + 0.3 * random.nextDouble());
    double slope = 0;
    double width = 2 + 3 * random.nextDouble();
    for (double x = -SIDE / 4.0; x < SIDE * 1.25; x += 4) {
      Path2D piece = new Path2D.Double();
      piece.moveTo(x, y);
      slope = 0.8 * slope + 0.9 * random.nextGaussian();
      y += slope;
      piece.lineTo(x + 4, y);
      float thickness = (float) Math.max(1, width + random.nextGaussian() * 0.7);
      graphics.setStroke(new BasicStroke(thickness, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
      graphics.draw(piece);
    }
    graphics.dispose();
  }

  private static Graphics2D pen(BufferedImage image) {
    Graphics2D graphics = image.createGraphics();
    graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    return graphics;
  }

  private static void addGrain(BufferedImage image, Random random) {
    for (int y = 0; y < SIDE; y++) {
      for (int x = 0; x < SIDE; x++) {
        image.setRGB(x, y, warmGrey((image.getRGB(x, y) >> 16 & 0xff) + 6 * random.nextGaussian()));
      }
    }
  }

  private static int warmGrey(double value) {
    int v = (int) Math.clamp(value, 0, 250);
    return v << 16 | (v - v / 50) << 8 | (v - v / 20);
  }
}
