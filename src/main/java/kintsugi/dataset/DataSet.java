package kintsugi.dataset;

import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Labelled samples by the side of a split that their data set puts them on.
 *
 * @param train normal samples to learn from
 * @param calibrate samples to set the threshold with; empty where the data set has no such list
 * @param test samples to test with
 * @param open samples that the data set puts on no side
 */
public record DataSet(
    List<Sample> train, List<Sample> calibrate, List<Sample> test, List<Sample> open) {

  /**
   * Samples on no side.
   *
   * @param samples the pictures and the truth
   * @return the data set
   */
  public static DataSet open(List<Sample> samples) {
    return new DataSet(List.of(), List.of(), List.of(), samples);
  }

  /**
   * Samples to learn from and to test with, as most published data sets have them.
   *
   * @param train to learn from
   * @param test to test with
   * @return the data set
   */
  public static DataSet given(List<Sample> train, List<Sample> test) {
    return new DataSet(train, List.of(), test, List.of());
  }

  /**
   * {@return the same samples in groups}
   *
   * @param pattern finds the group's name in a file's path: its first group in parentheses or,
   *     where it has none, the whole match; a file where it finds nothing stands alone
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

  /** {@return every sample} */
  public Stream<Sample> all() {
    return Stream.of(train, calibrate, test, open).flatMap(List::stream);
  }
}
