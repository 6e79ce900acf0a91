package kintsugi.report;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import kintsugi.InputException;
import kintsugi.detector.Explanation;
import kintsugi.detector.Prediction;
import kintsugi.engine.RowMatrix;
import kintsugi.image.ColourScale;
import kintsugi.image.Decoding;
import kintsugi.image.ImageSource;
import kintsugi.image.MapTransform;
import kintsugi.image.Pixels;
import kintsugi.scoremap.ScoreMaps;
import kintsugi.tensor.Tensor;

/**
 * The score maps of a run before calibration, in a temporary file until the range that all of them
 * are drawn with is known. The images are read again for that, so that memory is bounded by one.
 */
final class HeldMaps implements AutoCloseable {
  private final Path folder;
  private final int expected;
  private final List<Held> all = new ArrayList<>();
  private RowMatrix maps;
  private Decoding decoding;
  private double low = Double.POSITIVE_INFINITY;
  private double high = Double.NEGATIVE_INFINITY;

  /** A prediction without its image and its map. */
  private record Held(
      ImageSource source, MapTransform transform, double score, int height, int width) {}

  /**
   * What is drawn of a prediction.
   *
   * @param source where the image came from
   * @param image its pixels
   * @param map the score map
   * @param transform between map and image
   * @param score the image score as the method returns it
   * @param boxes of an explanation
   */
  record Shown(
      ImageSource source,
      Pixels image,
      Tensor map,
      MapTransform transform,
      double score,
      List<Explanation.Box> boxes) {

    static Shown of(Prediction prediction) {
      return new Shown(
          prediction.source(),
          prediction.image(),
          prediction.drawnMap(),
          prediction.transform(),
          prediction.score(),
          prediction.explanation().map(Explanation::boxes).orElse(List.of()));
    }
  }

  /**
   * No maps yet.
   *
   * @param folder of the temporary file, which is created for the first map
   * @param expected how many will come at most
   */
  HeldMaps(Path folder, int expected) {
    this.folder = folder;
    this.expected = expected;
  }

  /**
   * Keeps a prediction's map.
   *
   * @throws InputException if there is no room for the maps
   */
  void add(Prediction prediction) {
    Tensor map = prediction.drawnMap();
    if (maps == null) {
      long maxPixels = prediction.model().detector().session().options().maxPixels();
      decoding = prediction.model().recipe().preprocessing().decoding().withMaxPixels(maxPixels);
      maps = inFile(map.size());
    }
    maps.write(all.size(), 1, map.data(), 0);
    all.add(
        new Held(
            prediction.source(),
            prediction.transform(),
            prediction.score(),
            map.dim(0),
            map.dim(1)));
    low = Math.min(low, ScoreMaps.min(prediction.values()));
    high = Math.max(high, ScoreMaps.max(prediction.values()));
  }

  private RowMatrix inFile(int length) {
    try {
      return RowMatrix.inFile(folder, expected, length);
    } catch (IOException e) {
      throw new InputException(
          folder
              + ": has no room for the score maps of "
              + expected
              + " images ("
              + e.getMessage()
              + "), which wait there until their range is known; calibrate the model, or name"
              + " another folder (out)",
          e);
    }
  }

  /** {@return the colours from the minimum to the maximum of all maps} */
  ColourScale colours() {
    return all.isEmpty() ? ColourScale.of(0, 1) : ColourScale.of(low, high);
  }

  /**
   * Hands out every prediction with its image, read again, in the order they came in.
   *
   * @throws InputException if an image cannot be read any more
   */
  void forEach(Consumer<Shown> receiver) {
    for (int i = 0; i < all.size(); i++) {
      Held held = all.get(i);
      Tensor map = Tensor.zeros(held.height, held.width);
      maps.read(i, 1, map.data(), 0);
      Pixels image = held.source.read(decoding);
      receiver.accept(new Shown(held.source, image, map, held.transform, held.score, List.of()));
    }
  }

  /** Removes the file. */
  @Override
  public void close() {
    if (maps != null) {
      maps.close();
    }
  }
}
