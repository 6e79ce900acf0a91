package kintsugi.metric;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The capital seldom grows without a change, and soon with one. */
class ChangeMartingaleTest {
  private static final int KNOWN = 30;

  /** The length of the longest stretch until the capital reaches a limit; -1 if it does not. */
  private static int reached(DoubleSupplier pValues, int length, double limit) {
    ChangeMartingale<Integer> martingale = new ChangeMartingale<>();
    for (int n = 1; n <= length; n++) {
      martingale.next(pValues.getAsDouble(), n);
      if (martingale.value() >= limit) {
        return n;
      }
    }
    return -1;
  }

  private static double shareReaching(boolean online, int capacity, int length, double limit) {
    int streams = 2000;
    int reached = 0;
    for (int s = 0; s < streams; s++) {
      SplittableRandom random = new SplittableRandom(1000 + s);
      double[] known = random.doubles(KNOWN).toArray();
      OnlinePValues ranks = new OnlinePValues(known, capacity);
      DoubleSupplier pValues =
          online
              ? () -> ranks.next(random.nextDouble(), random)
              : () -> new OnlinePValues(known).next(random.nextDouble(), random);
      reached += reached(pValues, length, limit) > 0 ? 1 : 0;
    }
    return (double) reached / streams;
  }

  /** Ville's inequality, with 4 standard errors of the 2000 streams. */
  @ParameterizedTest
  @CsvSource({"20, 30", "20, 100000", "5, 30", "2, 30", "2, 100000"})
  void withoutAChangeALimitIsReachedAtMostAsOftenAsPromised(double limit, int capacity) {
    double allowed = 1 / limit;
    assertThat(shareReaching(true, capacity, 400, limit))
        .isLessThan(allowed + 4 * Math.sqrt(allowed * (1 - allowed) / 2000));
  }

  @Test
  void pValuesAmongTheKnownValuesAloneBreakThePromise() {
    assertThat(shareReaching(false, KNOWN, 400, 20)).isGreaterThan(0.1);
  }

  @ParameterizedTest
  @CsvSource({"0.4, 1.0", "0.0, 0.5", "0.3, 0.7", "0.0, 0.1"})
  void aChangeIsFoundAfterALongStreamWithoutOne(double low, double high) {
    SplittableRandom random = new SplittableRandom(11);
    ChangeMartingale<Integer> martingale = new ChangeMartingale<>();
    for (int n = 1; n <= 20_000; n++) {
      martingale.next(random.nextDouble(), n);
    }
    assertThat(martingale.value()).isLessThan(2);
    int n = 20_001;
    while (martingale.value() < 1e4) {
      martingale.next(random.nextDouble(low, high), n++);
    }
    assertThat(n).isLessThan(20_201);
    assertThat(martingale.since()).isBetween(19_970, 20_030);
    assertThat(martingale.factor((low + high) / 2)).isGreaterThan(1);
  }

  @Test
  void aChangeIsSinceTheFirstSampleIfThereIsOnlyOne() {
    ChangeMartingale<Integer> martingale = new ChangeMartingale<>();
    assertThat(martingale.since()).isNull();
    martingale.next(0.3, 1);
    assertThat(martingale.since()).isEqualTo(1);
  }

  @Test
  void theCapitalStaysFinite() {
    ChangeMartingale<Integer> martingale = new ChangeMartingale<>();
    assertThat(martingale.value()).isEqualTo(1);
    for (int n = 1; n < 2000; n++) {
      martingale.next(n < 1000 ? 0 : 1, n);
      assertThat(martingale.value()).isFinite().isPositive();
    }
  }

  /** A density's integral is 1, or the capital would grow by itself. */
  @Test
  void theMeanCapitalIsOne() {
    int steps = 10_000;
    double sum = 0;
    for (int i = 0; i < steps; i++) {
      ChangeMartingale<Integer> martingale = new ChangeMartingale<>();
      martingale.next((i + 0.5) / steps, 1);
      sum += martingale.value();
    }
    assertThat(sum / steps).isBetween(0.99999, 1.00001);
  }
}
