package kintsugi.lesson;

import java.util.List;
import java.util.stream.IntStream;
import kintsugi.Kintsugi;
import kintsugi.detector.Scored;
import kintsugi.padim.PadimRecipe;

/** The page on kernels along a line: some patches' distances, which a script enlarges and blurs. */
final class KernelsTopic {
  /** Few enough that each can be a slider, and enough for an edge and a middle. */
  private static final int SAMPLES = 8;

  private KernelsTopic() {}

  /**
   * The numbers.
   *
   * @param recipe whose distances these are
   * @param row of the patch grid
   * @param column of the first sample
   * @param samples the distances of patches side by side, the image's largest among them
   */
  record Numbers(String recipe, int row, int column, byte[] samples) {}

  static Playable of(Kintsugi kintsugi, LessonImages images, long seed) {
    PadimRecipe recipe = PadimFitted.RECIPE;
    Scored test = kintsugi.fit(recipe, seed, images.train()).detector().score(images.test());
    float[] distances = test.distances().data();
    int columns = test.distances().dim(1);
    int worst =
        IntStream.range(0, distances.length)
            .reduce((a, b) -> distances[b] > distances[a] ? b : a)
            .orElseThrow();
    int row = worst / columns;
    int column = Math.clamp(worst % columns - SAMPLES / 2, 0, columns - SAMPLES);
    float[] samples = new float[SAMPLES];
    System.arraycopy(distances, row * columns + column, samples, 0, SAMPLES);
    return new Playable(
        new Numbers(recipe.name(), row, column, Playable.packed(samples)),
        List.of(),
        images.train().size(),
        List.of(images.test()));
  }
}
