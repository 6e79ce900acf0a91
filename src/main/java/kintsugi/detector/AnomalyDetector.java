package kintsugi.detector;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import kintsugi.image.Pixels;
import kintsugi.tensor.Tensor;
import kintsugi.weights.StoredTensor;

/** A method that was fitted to normal pictures and scores new ones. */
public abstract sealed class AnomalyDetector permits PadimDetector, PatchCoreDetector {
  private final InputSize inputSize;

  AnomalyDetector(InputSize inputSize) {
    this.inputSize = inputSize;
  }

  /** {@return the choices it was fitted with} */
  public abstract Recipe recipe();

  /** The same detector with another recipe that has the same taps. */
  abstract AnomalyDetector with(Recipe recipe);

  /** {@return the size its pictures have to become} */
  public final InputSize inputSize() {
    return inputSize;
  }

  /** {@return what the fit knows of itself, for a summary: a record of numbers} */
  public abstract Object facts();

  /** A fit that goes on from here, without the pictures this one was fitted to. */
  abstract Fit resume(Session session, long seed);

  /** What has to be stored to score again with the same bits. */
  abstract Map<String, StoredTensor> tensors();

  /** The patches of a batch, {@code [N, h, w, D]}. */
  abstract Tensor patches(Session session, FeatureExtractor.Block block);

  /** Their distances, {@code [N, h, w]}. */
  abstract Tensor distances(Session session, Tensor patches);

  /** The class that makes the patches. */
  abstract String embeddingSource();

  /** The class that makes the distances. */
  abstract String distanceSource();

  /** What they are. */
  abstract String distanceFormula();

  /** Adds to a trace how one patch's distance comes about. */
  abstract void trace(Session session, Tensor patches, int position, Trace.Log log);

  /** The image score of one picture of a batch. */
  double imageScore(Session session, Tensor patches, Tensor distances, int n, Tensor map) {
    return recipe().score().of(map);
  }

  /** What contributed to a patch's distance, most first, {@code count} at most. */
  abstract List<Explanation.Channel> channels(
      Session session, float[] patch, int position, int count);

  /**
   * Scores pictures in their order.
   *
   * @param session the engine, the weights and the threads
   * @param files the pictures
   * @param task what the progress is called
   * @param consumer receives each result, one after the other on the caller's thread
   * @throws kintsugi.InputException at the first picture that cannot be read, unless the session
   *     skips them, or that becomes another size than the detector's
   */
  public final void score(
      Session session, List<Path> files, String task, Consumer<Scored> consumer) {
    new FeatureExtractor(session, recipe(), inputSize)
        .extract(files, task, block -> score(session, block, consumer));
  }

  private void score(Session session, FeatureExtractor.Block block, Consumer<Scored> consumer) {
    Tensor patches = patches(session, block);
    Tensor distances = distances(session, patches);
    Tensor maps =
        recipe()
            .scoreMaps()
            .compute(session.engine(), distances, inputSize.height(), inputSize.width());
    for (int n = 0; n < block.files().size(); n++) {
      Tensor map = maps.part(n);
      double score = imageScore(session, patches, distances, n, map);
      consumer.accept(
          new Scored(
              block.files().get(n),
              block.pictures().get(n),
              patches,
              n,
              distances.part(n),
              map,
              score));
    }
  }

  /**
   * One picture's result before calibration.
   *
   * @param file the picture
   * @param picture its pixels
   * @param patches the embeddings of the batch that it was scored in, {@code [N, h, w, D]}
   * @param n which of the batch it was
   * @param distances {@code [h, w]}
   * @param map the score map, {@code [H, W]}
   * @param score the image score
   */
  public record Scored(
      Path file,
      Pixels picture,
      Tensor patches,
      int n,
      Tensor distances,
      Tensor map,
      double score) {}

  /**
   * Says why a picture has its score.
   *
   * @param session the engine, the weights and the threads
   * @param scored the picture's result
   * @param calibration the range and the threshold
   * @param pixelThreshold the normalised map value from which on a pixel lies in a box
   * @param count how many patches, and of each how many channels, are named
   * @return patches, channels and boxes
   */
  public final Explanation explain(
      Session session, Scored scored, Calibration calibration, double pixelThreshold, int count) {
    float[] distances = scored.distances.data();
    Tensor batch = scored.patches;
    int columns = batch.dim(2);
    int d = batch.dim(3);
    List<Explanation.Place> places =
        IntStream.range(0, distances.length)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> -distances[i]))
            .limit(count)
            .map(
                i -> {
                  int from = (scored.n * distances.length + i) * d;
                  float[] patch = Arrays.copyOfRange(batch.data(), from, from + d);
                  return new Explanation.Place(
                      i / columns, i % columns, distances[i], channels(session, patch, i, count));
                })
            .toList();
    return Explanation.of(scored, recipe().preprocessing(), calibration, pixelThreshold, places);
  }

  /**
   * The largest contributions by their layers' names.
   *
   * @param channels which of the taps' concatenated channels each number of a patch is
   */
  static List<Explanation.Channel> largest(
      double[] contributions, int[] channels, Map<String, Integer> taps, int count) {
    double sum = DoubleStream.of(contributions).sum();
    return IntStream.range(0, channels.length)
        .boxed()
        .sorted(Comparator.comparingDouble(i -> -contributions[i]))
        .limit(count)
        .map(i -> channel(channels[i], contributions[i] / sum, taps))
        .toList();
  }

  private static Explanation.Channel channel(int index, double share, Map<String, Integer> taps) {
    int channel = index;
    for (Map.Entry<String, Integer> tap : taps.entrySet()) {
      if (channel < tap.getValue()) {
        return new Explanation.Channel(tap.getKey(), channel, share);
      }
      channel -= tap.getValue();
    }
    throw new IllegalStateException("channel " + index + " is beyond all layers");
  }
}
