package kintsugi.serve;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import kintsugi.AtomicOutput;
import kintsugi.InputException;
import kintsugi.image.Mask;
import kintsugi.image.Region;
import kintsugi.report.Encoded;

/**
 * The file of the region of interest that was painted for a model: a mask next to the model's file,
 * {@code part.region.png} for {@code part.safetensors}.
 */
final class RegionFileOfModel {
  private static final int WHITE = 255;

  private final Path file;

  RegionFileOfModel(Path model) {
    this.file = model.resolveSibling(Names.stem(model) + ".region.png");
  }

  /** {@return the region of the file; empty where there is none} */
  Optional<Region> read() {
    return Files.exists(file) ? Optional.of(Region.of(Mask.read(file))) : Optional.empty();
  }

  /**
   * Writes or removes it.
   *
   * @throws InputException if it cannot be written
   */
  void write(Optional<Region> region) {
    if (region.isPresent()) {
      AtomicOutput.file(file, part -> Files.write(part, png(region.get())));
      return;
    }
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new InputException(
          file + ": cannot be removed (" + AtomicOutput.reason(e) + "); remove it by hand", e);
    }
  }

  /** {@return a region as a mask: white where it is looked at} */
  static byte[] png(Region region) {
    BufferedImage mask =
        new BufferedImage(region.width(), region.height(), BufferedImage.TYPE_BYTE_GRAY);
    for (int i = 0; i < region.width() * region.height(); i++) {
      int level = region.at(i) ? WHITE : 0;
      mask.getRaster().setSample(i % region.width(), i / region.width(), 0, level);
    }
    return Encoded.bytes(mask, "png");
  }
}
