package kintsugi.detector;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import kintsugi.image.Pixels;
import kintsugi.tensor.Tensor;
import kintsugi.weights.StoredTensor;

/** A method that was fitted to normal pictures and scores new ones. */
public interface AnomalyDetector {

  /** The choices it was fitted with. */
  Recipe recipe();

  /**
   * Scores pictures in their order.
   *
   * @param task what the progress is called
   * @param consumer receives each result, one after the other on the caller's thread
   * @throws kintsugi.InputException at the first picture that cannot be read, unless the session
   *     skips them
   */
  void score(Session session, List<Path> files, String task, Consumer<Scored> consumer);

  /** What has to be stored to score again with the same bits. */
  Map<String, StoredTensor> tensors();

  /**
   * One picture's result before calibration.
   *
   * @param file the picture
   * @param picture its pixels
   * @param map the score map, {@code [H, W]}
   * @param score the image score
   */
  record Scored(Path file, Pixels picture, Tensor map, double score) {}
}
