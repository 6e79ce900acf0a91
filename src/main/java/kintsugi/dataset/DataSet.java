package kintsugi.dataset;

import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The labelled samples of a data set, by the subsets of the split that it publishes.
 *
 * @param train normal samples for training
 * @param calibrate samples for setting the threshold; empty where the data set has no such subset
 * @param test samples for testing
 * @param open samples that the data set leaves unassigned
 */
public record DataSet(
    List<Sample> train, List<Sample> calibrate, List<Sample> test, List<Sample> open) {

  /**
   * A data set without a split of its own.
   *
   * @param samples the labelled samples
   * @return the data set
   */
  public static DataSet open(List<Sample> samples) {
    return new DataSet(List.of(), List.of(), List.of(), samples);
  }

  /**
   * A data set with a training and a test list, as most are published.
   *
   * @param train the samples for training
   * @param test the samples for testing
   * @return the data set
   */
  public static DataSet given(List<Sample> train, List<Sample> test) {
    return new DataSet(train, List.of(), test, List.of());
  }

  /**
   * {@return the same samples in groups}
   *
   * @param pattern finds the group's name in a file's path: its first group in parentheses or,
   *     without parentheses, the whole match; a file that it does not match is a group of its own
   */
  public DataSet groupedBy(Pattern pattern) {
    UnaryOperator<List<Sample>> grouped =
        samples -> samples.stream().map(sample -> grouped(sample, pattern)).toList();
    return new DataSet(
        grouped.apply(train), grouped.apply(calibrate), grouped.apply(test), grouped.apply(open));
  }

  private static Sample grouped(Sample sample, Pattern pattern) {
    Matcher matcher = pattern.matcher(sample.file().toString());
    if (!matcher.find()) {
      return sample;
    }
    String group = matcher.groupCount() == 0 ? matcher.group() : matcher.group(1);
    return group == null ? sample : sample.in(group);
  }

  /** {@return all samples} */
  public Stream<Sample> all() {
    return Stream.of(train, calibrate, test, open).flatMap(List::stream);
  }
}
