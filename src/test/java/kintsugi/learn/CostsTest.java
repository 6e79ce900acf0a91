package kintsugi.learn;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import kintsugi.detector.Methods;
import kintsugi.image.ImageSource;
import org.junit.jupiter.api.Test;

class CostsTest {

  private static Evidence evidence(Evidence.Cost cost) {
    double[][] none = {};
    return new Evidence(Methods.recipe("padim"), null, 0, 0, none, none, none, Double.NaN, cost);
  }

  private static Item item(Item.Truth truth, int i) {
    ImageSource source = ImageSource.computed("" + i, decoding -> null);
    return new Item(source, truth, i % Judge.FOLDS, "", Optional.empty());
  }

  @Test
  void theEndReadsTheGoodImagesAndThoseThatCalibrateButNotTheSyntheticOnes() {
    List<Item> items = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      items.add(item(Item.Truth.GOOD, i));
      items.add(item(Item.Truth.SYNTHETIC, i));
    }
    Costs costs = Costs.of(items, 200, 0.5);
    // The features of all good images, the judging ones once more, and the examples.
    double least = 200 + 10 * 0.5 + 15;
    double found = costs.ofFinal(evidence(new Evidence.Cost(1000, 0, 0, 0)));
    assertThat(found).isBetween(least, 1.5 * least);
    // A fit to one fold of a third of ten images took a second: one to 200 takes sixty.
    double fit = costs.ofFinal(evidence(new Evidence.Cost(0, 0, 1, 0)));
    assertThat(fit).isBetween(60.0, 90.0);
  }

  @Test
  void featuresThatAreThereCostNothing() {
    Costs costs = Costs.of(List.of(item(Item.Truth.GOOD, 0)), 1, 0);
    Evidence evidence = evidence(new Evidence.Cost(1000, 0, 0, 0));
    assertThat(costs.ofHeldOut(evidence, true)).isZero();
    assertThat(costs.ofHeldOut(evidence, false)).isGreaterThanOrEqualTo(1);
    Family family = new Family(evidence.recipe(), List.of(evidence.recipe()));
    assertThat(costs.of(family, List.of(evidence), false))
        .isGreaterThanOrEqualTo(costs.of(family, List.of(evidence), true) + 1);
  }
}
