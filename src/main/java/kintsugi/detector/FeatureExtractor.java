package kintsugi.detector;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import kintsugi.InputException;
import kintsugi.engine.Engine;
import kintsugi.image.PictureReader;
import kintsugi.image.Pixels;
import kintsugi.image.Preprocessing;
import kintsugi.tensor.Tensor;

/** From picture files to the backbone's features, a block of pictures at a time. */
final class FeatureExtractor {
  /** Pictures of a block: enough to share a pass over the model, few enough to stay small. */
  private static final int BLOCK = 16;

  private final Session session;
  private final Preprocessing preprocessing;
  private final Engine.Runner backbone;
  private InputSize inputSize;

  /**
   * Pictures that went through the backbone together.
   *
   * @param files in the order asked for, without the skipped ones
   * @param pictures the files' pixels
   * @param features {@code [N, h, w, c]} for each tap
   */
  record Block(List<Path> files, List<Pixels> pictures, Map<String, Tensor> features) {}

  /** A picture and what the network sees of it. */
  private record Read(Path file, Pixels picture, Pixels input) {}

  /**
   * An extractor of the recipe's taps.
   *
   * @param inputSize what every picture has to become; null lets the first one decide
   */
  FeatureExtractor(Session session, Recipe recipe, InputSize inputSize) {
    this.session = session;
    this.preprocessing = recipe.preprocessing();
    this.backbone = session.backbone(recipe.taps());
    this.inputSize = inputSize;
  }

  /** What every picture has become, null before the first. */
  InputSize inputSize() {
    return inputSize;
  }

  /**
   * Hands on all pictures in their order.
   *
   * @throws InputException at the first picture that cannot be read, unless the session skips them,
   *     or that becomes another size than the ones before
   */
  void extract(List<Path> files, String task, Consumer<Block> consumer) {
    try (Progress.Bar bar = session.progress().start(task, files.size())) {
      for (int from = 0; from < files.size(); from += BLOCK) {
        List<Path> part = files.subList(from, Math.min(from + BLOCK, files.size()));
        Block block = block(part);
        if (!block.files.isEmpty()) {
          consumer.accept(block);
        }
        bar.advance(part.size());
      }
    }
  }

  private Block block(List<Path> wanted) {
    Read[] all = new Read[wanted.size()];
    session.parallel().forEach(all.length, i -> all[i] = read(wanted.get(i)));
    for (int i = 0; i < all.length; i++) {
      if (all[i] == null) {
        session.skipped().add(wanted.get(i));
      }
    }
    List<Read> read = Arrays.stream(all).filter(Objects::nonNull).toList();
    List<Path> files = read.stream().map(Read::file).toList();
    List<Pixels> pictures = read.stream().map(Read::picture).toList();
    if (read.isEmpty()) {
      return new Block(files, pictures, Map.of());
    }
    read.forEach(this::requireSize);
    int size = inputSize.height() * inputSize.width() * 3;
    Tensor batch = Tensor.zeros(read.size(), inputSize.height(), inputSize.width(), 3);
    session
        .parallel()
        .forEach(
            read.size(),
            i -> Preprocessing.normaliseInto(read.get(i).input(), batch.data(), i * size));
    return new Block(files, pictures, run(files.getFirst(), batch));
  }

  private Map<String, Tensor> run(Path file, Tensor batch) {
    try {
      return backbone.run(batch);
    } catch (IllegalArgumentException e) {
      throw new InputException(
          file + ": is too small for the network at " + inputSize + "; raise --resize", e);
    }
  }

  private void requireSize(Read read) {
    InputSize size = new InputSize(read.input().width(), read.input().height());
    if (inputSize == null) {
      inputSize = size;
    }
    if (!size.equals(inputSize)) {
      throw new InputException(
          read.file()
              + ": is "
              + read.picture().width()
              + "x"
              + read.picture().height()
              + " and becomes "
              + size
              + " where "
              + inputSize
              + " is needed; --size "
              + inputSize
              + " when fitting, or --any-size afterwards, brings every picture to that size");
    }
  }

  private Read read(Path file) {
    try {
      Pixels picture = PictureReader.read(file);
      return new Read(file, picture, preprocessing.crop(picture));
    } catch (IllegalArgumentException e) {
      throw new InputException(file + ": " + e.getMessage() + "; change --resize or --crop", e);
    } catch (InputException e) {
      if (session.skipUnreadable()) {
        return null;
      }
      throw e;
    }
  }
}
