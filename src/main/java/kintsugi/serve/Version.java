package kintsugi.serve;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import kintsugi.AtomicOutput;
import kintsugi.InputException;
import kintsugi.Kintsugi;
import kintsugi.Sha256;
import kintsugi.detector.Model;
import kintsugi.image.Region;

/**
 * A version of a model that is served, whole and immutable: a request that began with one ends with
 * it.
 *
 * @param model of the file
 * @param sha256 of the file
 * @param region of interest of all images, in addition to the model's own; empty for all of an
 *     image
 * @param monitor of the images that it scores
 */
public record Version(Model model, String sha256, Optional<Region> region, Monitor monitor) {
  private static final int ATTEMPTS = 3;

  /** {@return a version that has scored nothing yet} */
  static Version of(Model model, String sha256, Optional<Region> region) {
    return new Version(model, sha256, region, Monitor.of(model, region));
  }

  /**
   * {@return the version in a file}
   *
   * @param kintsugi which the model belongs to
   * @param file of the model
   * @param region of interest
   * @throws InputException if it is not a model, belongs to other weights, or is being written
   */
  public static Version load(Kintsugi kintsugi, Path file, Optional<Region> region) {
    if (!Files.exists(file)) {
      throw new InputException(file + ": there is no such file; check the name");
    }
    for (int i = 0; i < ATTEMPTS; i++) {
      String before = sha256(file);
      Model model = kintsugi.load(file);
      if (before.equals(sha256(file))) {
        return of(model, before, region);
      }
    }
    throw new InputException(file + ": is changing while it is read; write it whole, then again");
  }

  /**
   * Warns of what is wrong with the threshold, such as a calibration that is not current.
   *
   * @param kintsugi which passes it on
   * @param name of the model
   */
  public void warn(Kintsugi kintsugi, String name) {
    model.warnings().forEach(line -> kintsugi.session().warn(name + ": " + line));
  }

  static String sha256(Path file) {
    try {
      return Sha256.of(file);
    } catch (IOException e) {
      throw new InputException(
          file + ": cannot be read (" + AtomicOutput.reason(e) + "); check it, and access to it",
          e);
    }
  }

  Version with(Optional<Region> other) {
    return of(model, sha256, other);
  }
}
