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
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.TaskContext;

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
   * Writes a heat map, where the score is high, whole or not at all; a task that runs twice, even
   * at the same time, replaces it.
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
    Path part = file.suffix("." + TaskContext.get().taskAttemptId());
    try {
      FileSystem files = file.getFileSystem(configuration);
      try (OutputStream out = files.create(part, true)) {
        ImageIO.write(drawn, "png", out);
      }
      rename(files, part, file);
    } catch (IOException e) {
      throw new InputException(
          file + ": cannot be written (" + InputException.quoted(e.getMessage()) + ")", e);
    }
    return Images.name(file);
  }

  /** Hadoop's file systems do not agree on whether a file that is there is replaced. */
  private static void rename(FileSystem files, Path part, Path file) throws IOException {
    if (!files.rename(part, file)) {
      files.delete(file, false);
      if (!files.rename(part, file)) {
        files.delete(part, false);
        throw new IOException("it cannot be renamed from " + part.getName());
      }
    }
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
