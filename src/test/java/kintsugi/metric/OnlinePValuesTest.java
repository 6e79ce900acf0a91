package kintsugi.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** P-values by ranks among all values before: independent and uniform, with ties and when full. */
class OnlinePValuesTest {
  private static final int CELLS = 4;

  @Test
  void aPValueIsTheRankAmongAllBeforeWithADrawAmongTies() {
    SplittableRandom values = new SplittableRandom(3);
    List<Double> before = new ArrayList<>();
    double[] first = values.ints(7, 0, 5).asDoubleStream().toArray();
    for (double each : first) {
      before.add(each);
    }
    OnlinePValues online = new OnlinePValues(first);
    for (int i = 0; i < 300; i++) {
      double value = values.nextInt(5);
      double draw = new SplittableRandom(i).nextDouble();
      long above = before.stream().filter(each -> each > value).count();
      long same = 1 + before.stream().filter(each -> each == value).count();
      assertThat(online.next(value, new SplittableRandom(i)))
          .isEqualTo((above + draw * same) / (before.size() + 1));
      before.add(value);
    }
  }

  @Test
  void asManyValuesAsFitAreRemembered() {
    OnlinePValues online = new OnlinePValues(new double[] {1, 2}, 3);
    double draw = new SplittableRandom(9).nextDouble();
    // The next is the largest of three values, and each after it of four: the three and itself.
    assertThat(online.next(3, new SplittableRandom(9))).isEqualTo(draw / 3);
    assertThat(online.next(4, new SplittableRandom(9))).isEqualTo(draw / 4);
    assertThat(online.next(5, new SplittableRandom(9))).isEqualTo(draw / 4);
  }

  /**
   * Pairs of successive p-values fall evenly into the cells of a grid. 5 standard errors are
   * allowed. P-values among values that stay the same, or among the last ones alone, fail.
   */
  @ParameterizedTest
  @CsvSource({"0, 1000000, 1000", "5, 1000000, 1000", "5, 6, 1000", "3, 3, 1000", "4, 8, 2"})
  void pairsOfPValuesFillTheSquareEvenly(int known, int capacity, int values) {
    int streams = 20_000;
    for (int at : new int[] {0, 7, 20}) {
      int[] counts = new int[CELLS * CELLS];
      for (int s = 0; s < streams; s++) {
        SplittableRandom random = new SplittableRandom(s);
        OnlinePValues online =
            new OnlinePValues(random.ints(known, 0, values).asDoubleStream().toArray(), capacity);
        int cell = 0;
        for (int i = 0; i <= at + 1; i++) {
          double p = online.next(random.nextInt(values), random);
          cell = cell % CELLS * CELLS + (int) (CELLS * p);
        }
        counts[cell]++;
      }
      double expected = (double) streams / counts.length;
      for (int count : counts) {
        assertThat((double) count)
            .as("after " + at)
            .isBetween(expected - 5 * Math.sqrt(expected), expected + 5 * Math.sqrt(expected));
      }
    }
  }

  @Test
  void aValueHasARankAndTheFirstOnesFit() {
    assertThatThrownBy(() -> new OnlinePValues(new double[] {1, Double.NaN}))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new OnlinePValues(new double[4], 3))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () -> new OnlinePValues(new double[0]).next(Double.NaN, new SplittableRandom(1)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
