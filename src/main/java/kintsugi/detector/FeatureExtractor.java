package kintsugi.detector;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import kintsugi.InputException;
import kintsugi.engine.Engine;
import kintsugi.image.PictureReader;
import kintsugi.image.Pixels;
import kintsugi.image.Preprocessing;
import kintsugi.tensor.Tensor;

/** From picture files to the backbone's features, a block of pictures at a time. */
public final class FeatureExtractor {
  /** Pictures of a block: enough to share a pass over the model, few enough to stay small. */
  private static final int BLOCK = 16;

  private final Session session;
  private final Preprocessing preprocessing;
  private final Engine.Runner backbone;

  /**
   * Pictures that went through the backbone together.
   *
   * @param files in the order asked for, without the skipped ones
   * @param pictures the files' pixels
   * @param features {@code [N, h, w, c]} for each tap
   */
  public record Block(List<Path> files, List<Pixels> pictures, Map<String, Tensor> features) {}

  /** An extractor of the recipe's taps. */
  public FeatureExtractor(Session session, Recipe recipe) {
    this.session = session;
    this.preprocessing = recipe.preprocessing();
    this.backbone = session.backbone(recipe.taps());
  }

  /**
   * Hands on all pictures in their order.
   *
   * @throws InputException at the first picture that cannot be read, unless the session skips them
   */
  public void extract(List<Path> files, String task, Consumer<Block> consumer) {
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
    Pixels[] read = new Pixels[wanted.size()];
    session.parallel().forEach(read.length, i -> read[i] = read(wanted.get(i)));
    List<Path> files = new ArrayList<>();
    for (int i = 0; i < read.length; i++) {
      (read[i] == null ? session.skipped() : files).add(wanted.get(i));
    }
    List<Pixels> pictures = Arrays.stream(read).filter(p -> p != null).toList();
    if (pictures.isEmpty()) {
      return new Block(files, pictures, Map.of());
    }
    int height = preprocessing.cropHeight();
    int width = preprocessing.cropWidth();
    Tensor batch = Tensor.zeros(pictures.size(), height, width, 3);
    session
        .parallel()
        .forEach(
            pictures.size(),
            i -> preprocessing.applyInto(pictures.get(i), batch.data(), i * height * width * 3));
    return new Block(files, pictures, backbone.run(batch));
  }

  private Pixels read(Path file) {
    try {
      return PictureReader.read(file);
    } catch (InputException e) {
      if (session.skipUnreadable()) {
        return null;
      }
      throw e;
    }
  }
}
