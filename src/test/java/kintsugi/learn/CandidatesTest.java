package kintsugi.learn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import kintsugi.image.Tiling;
import org.junit.jupiter.api.Test;

/** What is proposed for images of some size, and what it is expected to take. */
class CandidatesTest {
  private static List<Family> cut(int width, int height) {
    return Candidates.of(width, height).stream().filter(family -> tiling(family).isCut()).toList();
  }

  private static Tiling tiling(Family family) {
    return family.fitted().preprocessing().tiling();
  }

  private static Evidence measured(Family family) {
    double[][] none = new double[Judge.FOLDS][0];
    return new Evidence(
        family.fitted(), family, 0, 0, none, none, none, 0, new Evidence.Cost(30, 10, 2, 1000));
  }

  @Test
  void largeImagesAreTriedInTilesTooAtTheirOwnSize() {
    assertThat(cut(1000, 800)).isEmpty();
    List<Family> large = Candidates.of(6000, 4000);
    assertThat(cut(6000, 4000)).containsExactly(large.getLast());
    assertThat(large.getLast().fitted().preprocessing().resize().toString()).isEqualTo("6000x4000");
  }

  @Test
  void theExpectedTimeGrowsWithThePixelsThatTheNetworkSees() {
    List<Family> large = Candidates.of(6000, 4000);
    Evidence first = measured(large.getFirst());
    int pixels = large.getFirst().fitted().preprocessing().resize().width(1, 1);
    pixels *= large.getFirst().fitted().preprocessing().resize().height(1, 1);
    int tiles = 31 * 21;
    Evidence.Cost expected = Costs.expected(large.getLast(), List.of(first));
    assertThat(expected.perImage()).isCloseTo(40.0 * tiles * 256 * 256 / pixels, within(1e-6));
  }
}
