package kintsugi.spark;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import javax.imageio.ImageIO;
import kintsugi.InputException;
import kintsugi.Sha256;
import kintsugi.detector.Prediction;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * Heat maps of the images whose score is high, written by the workers: a PNG is about 95 KB, too
 * much for each of many images.
 *
 * @param folder local, or the address of another file system; null for no heat maps
 * @param above the score from which on there is one; NaN for the threshold
 */
record Overlays(String folder, double above) implements Serializable {
  private static final int DIGITS = 12;

  /**
   * Writes a heat map, where the score is high; a task that runs twice replaces it.
   *
   * @return its file; null without one
   * @throws InputException if it cannot be written
   */
  String write(String image, Prediction prediction, Configuration configuration) {
    boolean wanted =
        Double.isNaN(above) ? prediction.isAnomalous() : prediction.finding().score() >= above;
    if (folder == null || !wanted) {
      return null;
    }
    Path file = new Path(Located.path(folder), name(image));
    BufferedImage drawn = prediction.heatMapWithScale();
    try (OutputStream out = file.getFileSystem(configuration).create(file, true)) {
      ImageIO.write(drawn, "png", out);
    } catch (IOException e) {
      throw new InputException(
          file + ": cannot be written (" + InputException.quoted(e.getMessage()) + ")", e);
    }
    return Images.name(file);
  }

  /**
   * The image's own name, and of its whole one a hash: images of several folders may share a name.
   */
  private static String name(String image) {
    String own = image.substring(image.lastIndexOf('/') + 1).replaceFirst("\\.[^.]*$", "");
    String hash = Sha256.of(image.getBytes(StandardCharsets.UTF_8)).substring(0, DIGITS);
    return own.replaceAll("[^-\\w.]", "_") + "-" + hash + ".png";
  }
}
