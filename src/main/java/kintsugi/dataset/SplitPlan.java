package kintsugi.dataset;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import kintsugi.InputException;
import kintsugi.dataset.Split.Amount;
import kintsugi.dataset.Split.Take;

/**
 * How a data set is to be split: the amounts that a person names, and a rule for those that are
 * left open. Without a split of its own, 250 normal images are for training and 100 of either truth
 * for the threshold; the rest is for testing. Where there are too few for that, 60 % of the normal
 * images, at most 250, are for training, and half of the rest, at most 100 of either truth, for the
 * threshold. Of fewer than 4 anomalous images all are for testing, and the threshold is found from
 * normal ones. A given training list is used whole, and a given test list halved.
 *
 * @param train the amount of normal samples for training, if named
 * @param calibrate the amount, of either truth, for the threshold, if named
 * @param test the amount, of either truth, for testing, if named
 */
public record SplitPlan(Optional<Amount> train, Optional<Amount> calibrate, Optional<Amount> test) {
  private static final int TRAIN = 250;
  private static final int CALIBRATE = 100;
  private static final double TRAIN_FRACTION = 0.6;
  private static final double CALIBRATE_FRACTION = 0.5;
  private static final int FEW = 4;

  /**
   * Draws the subsets.
   *
   * @param data the samples
   * @param seed fixes the draw
   * @param notices receives what was done where the usual amounts do not fit
   * @return the three subsets
   * @throws InputException if a subset would have too few samples
   */
  public Split draw(DataSet data, long seed, Consumer<String> notices) {
    Split split = drawn(data, seed, notices);
    long used = split.train().size() + split.calibrate().size() + split.test().size();
    long unused = data.all().count() - used;
    boolean all = test.isEmpty() && (train.isEmpty() || !data.open().isEmpty());
    if (all && unused > 0) {
      notices.accept(
          "left out "
              + unused
              + (unused == 1 ? " image" : " images")
              + " of groups of which another image is in a subset that cannot use them (group-by)");
    }
    return split;
  }

  private Split drawn(DataSet data, long seed, Consumer<String> notices) {
    boolean open = !data.open().isEmpty();
    Take rest = Split.take(test.orElse(Amount.ALL));
    Amount usualTrain = open ? Amount.count(TRAIN) : Amount.ALL;
    Amount usual = open ? Amount.count(CALIBRATE) : Amount.fraction(CALIBRATE_FRACTION);
    try {
      return Split.of(
          data,
          Split.take(train.orElse(usualTrain)),
          Split.take(calibrate.orElse(usual)),
          rest,
          seed);
    } catch (InputException e) {
      if (calibrate.isPresent() && (train.isPresent() || !open)) {
        throw e;
      }
    }
    Take fractionTrain = open ? (normals, none) -> trainFraction(normals) : Split.take(Amount.ALL);
    Split split =
        Split.of(
            data,
            train.map(Split::take).orElse(fractionTrain),
            calibrate.map(Split::take).orElse(this::calibrateHalf),
            rest,
            seed);
    notices.accept(described(split));
    return split;
  }

  private static int trainFraction(int normals) {
    return Math.min(TRAIN, (int) (TRAIN_FRACTION * normals));
  }

  /** Half of what is left, so that something remains for the test. */
  private int calibrateHalf(int available, boolean anomalous) {
    int tested = test.map(amount -> amount.of(available)).orElse(0);
    int half = Math.min(Math.min(CALIBRATE, available / 2), Math.max(0, available - tested));
    return anomalous && available < FEW ? 0 : half;
  }

  private static boolean hasAnomalous(List<Sample> samples) {
    return samples.stream().anyMatch(Sample::anomalous);
  }

  private static String described(Split split) {
    boolean threshold = hasAnomalous(split.calibrate());
    return "split by fractions, since there are too few images for the usual numbers: "
        + split.train().size()
        + " normal images for training (train), "
        + counted(split.calibrate())
        + " for the threshold (calibrate), "
        + (threshold ? "" : "which will lie just above the maximum normal score, ")
        + counted(split.test())
        + " for testing (test)";
  }

  private static String counted(List<Sample> samples) {
    long anomalous = samples.stream().filter(Sample::anomalous).count();
    return samples.size() - anomalous + " normal and " + anomalous + " anomalous";
  }
}
