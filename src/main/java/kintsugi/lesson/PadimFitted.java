package kintsugi.lesson;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import kintsugi.Kintsugi;
import kintsugi.detector.AnomalyDetector;
import kintsugi.detector.Scored;
import kintsugi.image.ImageSource;
import kintsugi.padim.PadimRecipe;
import kintsugi.tensor.Tensor;

/**
 * The paper's PaDiM, fitted to a page's images, and the positions that the page offers.
 *
 * @param detector that was fitted
 * @param test the scores of the image in question
 * @param normal those of the normal image that was not learnt from
 * @param positions of the patch grid: a coarse grid, and the test image's largest distance, but
 *     none so near to it that both could not be told apart on the image
 * @param places the same as rows and columns
 */
record PadimFitted(
    AnomalyDetector detector, Scored test, Scored normal, int[] positions, List<Place> places) {
  static final PadimRecipe RECIPE = PadimRecipe.PAPER;

  /** Rows and columns of the coarse grid. */
  private static final int COARSE = 5;

  /** Fewer rows and columns than this are between two that are too near to each other. */
  private static final int APART = 5;

  /**
   * A position of the patch grid, as the script reads it.
   *
   * @param row from 0 on
   * @param column from 0 on
   * @param distance of the test image's patch there, by the engine
   * @param normalDistance the same of the normal image
   */
  record Place(int row, int column, double distance, double normalDistance) {}

  static PadimFitted of(Kintsugi kintsugi, LessonImages images, long seed) {
    AnomalyDetector detector = kintsugi.fit(RECIPE, seed, images.train()).detector();
    Scored test = detector.score(images.test());
    Scored normal = detector.score(images.normal());
    Tensor distances = test.distances();
    float[] others = normal.distances().data();
    int rows = distances.dim(0);
    int columns = distances.dim(1);
    int worst =
        IntStream.range(0, distances.size())
            .boxed()
            .max(Comparator.comparingDouble(position -> distances.data()[position]))
            .orElseThrow();
    int[] positions =
        IntStream.concat(
                IntStream.of(worst),
                IntStream.range(0, COARSE * COARSE)
                    .map(i -> middle(i / COARSE, rows) * columns + middle(i % COARSE, columns))
                    .filter(p -> areApart(p, worst, columns)))
            .sorted()
            .toArray();
    List<Place> places =
        IntStream.of(positions)
            .mapToObj(p -> new Place(p / columns, p % columns, distances.data()[p], others[p]))
            .toList();
    return new PadimFitted(detector, test, normal, positions, places);
  }

  private static boolean areApart(int a, int b, int columns) {
    return Math.abs(a / columns - b / columns) >= APART
        || Math.abs(a % columns - b % columns) >= APART;
  }

  private static int middle(int cell, int count) {
    return (2 * cell + 1) * count / (2 * COARSE);
  }

  /** The index of the position with the largest distance. */
  int start() {
    return IntStream.range(0, places.size())
        .boxed()
        .max(Comparator.comparingDouble(i -> places.get(i).distance()))
        .orElseThrow();
  }

  int rows() {
    return test.distances().dim(0);
  }

  int columns() {
    return test.distances().dim(1);
  }

  /** The embeddings of one image at the positions, {@code [positions, D]}. */
  float[] patches(Scored scored) {
    int d = scored.patch(0).length;
    float[] patches = new float[positions.length * d];
    for (int i = 0; i < positions.length; i++) {
      System.arraycopy(scored.patch(positions[i]), 0, patches, i * d, d);
    }
    return patches;
  }

  /** The embeddings of images, an array as {@link #patches(Scored)} has it for each. */
  List<float[]> patches(List<ImageSource> images) {
    try (Stream<Scored> scored = detector.score(images, "patches")) {
      return scored.map(this::patches).toList();
    }
  }

  /** The names of an embedding's elements. */
  List<String> channels() {
    var elements = detector.inspector().contributions(test.patch(0), 0);
    List<String> names = new ArrayList<>();
    for (int channel : elements.channels()) {
      int rest = channel;
      for (var layer : elements.layers().entrySet()) {
        if (rest >= 0 && rest < layer.getValue()) {
          names.add(layer.getKey() + " channel " + rest);
        }
        rest -= layer.getValue();
      }
    }
    return names;
  }

  /** The page with these numbers, which shows the image in question as the network saw it. */
  Playable playable(Object numbers, LessonImages images) {
    return new Playable(
        numbers,
        List.of(detector.recipe().preprocessing().input(test.image()).pixels()),
        images.train().size(),
        List.of(images.test(), images.normal()));
  }
}
