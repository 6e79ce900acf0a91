package kintsugi.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import java.util.stream.Stream;
import kintsugi.Golden;
import kintsugi.scoremap.Regions;
import kintsugi.tensor.Tensor;
import kintsugi.weights.Safetensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PixelScoresTest {
  static Stream<PixelScores> both() {
    return Stream.of(new ExactPixelScores(), new PixelHistogram());
  }

  @ParameterizedTest
  @MethodSource("both")
  void byHand(PixelScores pixels) {
    assertThat(pixels.hasBothKinds()).isFalse();
    pixels.add(new float[] {5, 1, 2, 0}, new int[] {1, 0, 1, 0});
    assertThat(pixels.auroc().value()).isEqualTo(1);
    pixels.add(new float[] {3, -1}, new int[] {0, 1});
    // Pairs in order: 5 above 3 1 0, 2 above 1 0, -1 above none: 5 of 9.
    assertThat(pixels.auroc().value()).isCloseTo(5 / 9.0, within(1e-12));
    // Regions {5, 2} and {-1}; from the top: 5 (overlap 1/4), 3 (rate 1/3), 2 (1/2), 1, 0, -1.
    assertThat(pixels.aupro(1).value()).isCloseTo(0.25 / 3 + 2 * 0.5 / 3, within(1e-12));
    assertThat(pixels.aupro(0.5).value()).isCloseTo((0.25 / 3 + 0.5 / 6) / 0.5, within(1e-12));
    // F1 from the top: 2/4, 2/5, 4/6, 4/7, 4/8, 6/9; of equals the highest threshold.
    assertThat(pixels.bestF1().f1().value()).isCloseTo(2 / 3.0, within(1e-12));
    assertThat(pixels.bestF1().threshold()).isEqualTo(2);
  }

  @ParameterizedTest
  @MethodSource("both")
  void everyRegionHasTheSameWeightHoweverManyAMapHas(PixelScores pixels) {
    pixels.add(new float[] {9, 8, 7, 1, 2, 0}, new int[] {1, 1, 1, 2, 0, 0});
    // The large region comes first, the small one after half of the normal pixels.
    assertThat(pixels.aupro(1).value()).isCloseTo(0.5 * 0.5 + 0.5 * 1, within(1e-12));
  }

  @ParameterizedTest
  @MethodSource("both")
  void equalScoresEnterTogether(PixelScores pixels) {
    pixels.add(new float[] {0f, -0f, 0f, -0f}, new int[] {0, 1, 0, 1});
    assertThat(pixels.auroc().value()).isEqualTo(0.5);
    assertThat(pixels.aupro(0.3).value()).isCloseTo(0.15, within(1e-12));
    assertThat(pixels.bestF1().f1().value()).isCloseTo(2 / 3.0, within(1e-12));
  }

  @ParameterizedTest
  @MethodSource("both")
  void scoresBelowZeroAndInfiniteOnesAreInOrder(PixelScores pixels) {
    pixels.add(new float[] {-3.25f, -1, -5, -4}, new int[] {1, 1, 0, 0});
    assertThat(pixels.auroc().value()).isEqualTo(1);
    // To the width of a histogram's bin.
    assertThat(pixels.bestF1().threshold()).isCloseTo(-3.25, within(3.25 / (1 << 16)));
    float most = Float.POSITIVE_INFINITY;
    pixels.add(new float[] {-most, most}, new int[] {0, 1});
    assertThat(pixels.auroc().value()).isEqualTo(1);
  }

  @ParameterizedTest
  @MethodSource("both")
  void aCurveNeedsPixelsOfBothClasses(PixelScores pixels) {
    pixels.add(new float[] {1, 2}, new int[] {0, 0});
    assertThat(pixels.hasBothKinds()).isFalse();
    pixels.add(new float[] {3}, new int[] {1});
    assertThat(pixels.hasBothKinds()).isTrue();
  }

  @ParameterizedTest
  @MethodSource("both")
  void anomalousPixelsAloneAreNotBothClasses(PixelScores pixels) {
    pixels.add(new float[] {1, 2}, new int[] {1, 1});
    assertThat(pixels.hasBothKinds()).isFalse();
  }

  @ParameterizedTest
  @MethodSource("both")
  void aLimitCutsTheGroupThatItFallsInto(PixelScores pixels) {
    pixels.add(new float[] {9, 5, 5, 5, 1}, new int[] {0, 0, 1, 0, 0});
    // The curve goes from (1/4, 0) to (3/4, 1); up to 1/2 there is a triangle below it.
    PixelScores.Estimate half = pixels.aupro(0.5);
    assertThat(half.value()).isCloseTo(0.25 * 0.5 / 2 / 0.5, within(1e-12));
    // In an unknown order the area is from 0 to that of the whole rectangle, 1/4 wide.
    boolean exact = pixels instanceof ExactPixelScores;
    assertThat(half.error()).isCloseTo(exact ? 0 : (0.25 - 0.25 * 0.5 / 2) / 0.5, within(1e-12));
    assertThat(pixels.aupro(1).error()).isCloseTo(exact ? 0 : 0.5 / 2, within(1e-12));
  }

  /** More of both than the arrays hold at first. */
  @Test
  void manyPixelsAndRegionsAreAllKept() {
    PixelScores pixels = new ExactPixelScores();
    for (int map = 0; map < 12; map++) {
      float[] scores = new float[70_000];
      int[] labels = new int[70_000];
      // Three regions, one above all normal pixels, one in their middle, one below them.
      for (int region = 1; region <= 3; region++) {
        labels[region] = region;
        scores[region] = 6 - 2 * region;
      }
      for (int i = 4; i < 70_000; i++) {
        scores[i] = i % 2 == 0 ? 3 : 1;
      }
      labels[0] = 1;
      scores[0] = 4;
      pixels.add(scores, labels);
    }
    assertThat(pixels.auroc().value()).isCloseTo((2 + 0.5 + 0) / 4, within(1e-12));
    assertThat(pixels.aupro(1).value()).isCloseTo((1 + 0.5 + 0) / 3, within(1e-12));
  }

  @Test
  void aHistogramIsWithinTheErrorItStates() {
    PixelScores exact = new ExactPixelScores();
    PixelScores histogram = new PixelHistogram();
    Random random = new Random(5);
    for (int map = 0; map < 8; map++) {
      float[] scores = new float[4000];
      int[] labels = new int[4000];
      for (int i = 0; i < scores.length; i++) {
        labels[i] = i < 300 ? 1 : i < 350 ? 2 : 0;
        // So narrow a range that many scores share a bin.
        scores[i] = (float) (1000 + random.nextGaussian() + labels[i]);
      }
      exact.add(scores, labels);
      histogram.add(scores, labels);
    }
    assertWithin(histogram.auroc(), exact.auroc());
    assertWithin(histogram.aupro(0.3), exact.aupro(0.3));
    assertWithin(histogram.aupro(0.05), exact.aupro(0.05));
    assertWithin(histogram.bestF1().f1(), exact.bestF1().f1());
    assertThat(histogram.bestF1().f1().value()).isLessThanOrEqualTo(exact.bestF1().f1().value());
  }

  private static void assertWithin(PixelScores.Estimate estimate, PixelScores.Estimate exact) {
    assertThat(exact.error()).isZero();
    assertThat(estimate.error()).isBetween(1e-6, 0.05);
    assertThat(estimate.value()).isCloseTo(exact.value(), within(estimate.error()));
  }

  @ParameterizedTest
  @MethodSource("both")
  void agreesWithTheReference(PixelScores pixels) {
    Safetensors golden = Golden.tensors("pixel-metrics");
    Tensor maps = golden.tensors().get("maps").tensor();
    Tensor masks = golden.tensors().get("masks").tensor();
    for (int n = 0; n < maps.dim(0); n++) {
      pixels.add(maps.part(n).data(), Regions.label(masks.part(n), 1));
    }
    assertMeets(pixels.auroc(), golden.metadata().get("pixel_auroc"));
    assertMeets(pixels.aupro(0.3), golden.metadata().get("aupro_fpr_0.3"));
  }

  /** To 1e-6 if every score is kept, and within the stated error if they are counted. */
  private static void assertMeets(PixelScores.Estimate estimate, String golden) {
    assertThat(estimate.value())
        .isCloseTo(Double.parseDouble(golden), within(1e-6 + estimate.error()));
    assertThat(estimate.error()).isLessThan(1e-3);
  }
}
