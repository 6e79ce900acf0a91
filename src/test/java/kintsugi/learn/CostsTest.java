package kintsugi.learn;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import kintsugi.detector.Methods;
import org.junit.jupiter.api.Test;

class CostsTest {

  @Test
  void theEndReadsEveryImageOnceMoreForTheCalibration() {
    Evidence.Cost second = new Evidence.Cost(1000, 0, 0, 0);
    double[][] none = {};
    Evidence evidence =
        new Evidence(Methods.recipe("padim"), null, 0, 0, none, none, none, Double.NaN, second);
    List<Item> items = Collections.nCopies(10, null);
    // Features of twice as many images as judge, then those that judge.
    assertThat(Costs.ofFinal(evidence, items, 2)).isGreaterThanOrEqualTo(20 + 10 + 2);
    assertThat(Costs.ofFinal(evidence, items, 2)).isLessThan(45);
  }
}
