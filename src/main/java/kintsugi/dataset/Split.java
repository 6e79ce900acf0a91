package kintsugi.dataset;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import kintsugi.InputException;

/**
 * Which samples are learnt from, which set the threshold and which are tested; no sample is in two.
 *
 * @param train normal samples
 * @param calibrate normal and anomalous samples
 * @param test normal and anomalous samples
 */
public record Split(List<Sample> train, List<Sample> calibrate, List<Sample> test) {

  /**
   * Draws at random.
   *
   * @param train how many normal samples are learnt from
   * @param calibrate how many of either kind set the threshold
   * @param test how many of either kind are tested
   * @param seed fixes the draw; the order of the lists matters, the machine does not
   * @throws InputException if there are too few samples, naming how many are wanted
   */
  public static Split random(
      List<Sample> normal, List<Sample> anomalous, int train, int calibrate, int test, long seed) {
    Random random = new Random(seed);
    List<Sample> good = shuffled(normal, random);
    List<Sample> bad = shuffled(anomalous, random);
    require(good, train + calibrate + test, "normal");
    require(bad, calibrate + test, "anomalous");
    return new Split(
        good.subList(0, train),
        concatenate(good.subList(train, train + calibrate), bad.subList(0, calibrate)),
        concatenate(
            good.subList(train + calibrate, train + calibrate + test),
            bad.subList(calibrate, calibrate + test)));
  }

  private static List<Sample> shuffled(List<Sample> samples, Random random) {
    List<Sample> order = new ArrayList<>(samples);
    Collections.shuffle(order, random);
    return order;
  }

  private static void require(List<Sample> samples, int wanted, String kind) {
    if (samples.size() < wanted) {
      String folder = samples.isEmpty() ? "" : samples.getFirst().file().getParent() + ": ";
      throw new InputException(
          folder
              + "the split wants "
              + wanted
              + " "
              + kind
              + " pictures, there are "
              + samples.size()
              + "; lower --train, --calibrate or --test");
    }
  }

  private static List<Sample> concatenate(List<Sample> first, List<Sample> second) {
    List<Sample> all = new ArrayList<>(first);
    all.addAll(second);
    return all;
  }
}
