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

  /**
   * Takes a part of a given training list, and halves a given test list into calibration and test.
   *
   * @param fraction the share of the training list that is learnt from
   * @param calibrateFraction the share of either kind of the test list that sets the threshold
   * @param seed fixes the draw
   * @throws InputException if a part would be without samples of a kind
   */
  public static Split of(
      List<Sample> train, List<Sample> test, double fraction, double calibrateFraction, long seed) {
    Random random = new Random(seed);
    List<Sample> learnt = shuffled(train, random);
    learnt = learnt.subList(0, (int) Math.round(fraction * learnt.size()));
    List<Sample> good = shuffled(test.stream().filter(s -> !s.anomalous()).toList(), random);
    List<Sample> bad = shuffled(test.stream().filter(Sample::anomalous).toList(), random);
    int goodCut = (int) Math.round(calibrateFraction * good.size());
    int badCut = (int) Math.round(calibrateFraction * bad.size());
    int least =
        Math.min(Math.min(goodCut, badCut), Math.min(good.size() - goodCut, bad.size() - badCut));
    if (learnt.isEmpty() || least < 1) {
      throw new InputException(
          "of "
              + train.size()
              + " pictures to learn from and "
              + good.size()
              + " normal and "
              + bad.size()
              + " anomalous ones to test, a part would be empty; change --train-fraction or"
              + " --calibrate-fraction");
    }
    return new Split(
        learnt,
        concatenate(good.subList(0, goodCut), bad.subList(0, badCut)),
        concatenate(good.subList(goodCut, good.size()), bad.subList(badCut, bad.size())));
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
