package kintsugi.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import kintsugi.InputException;
import kintsugi.dataset.Split.Amount;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How much goes where, when nobody says. */
class SplitPlanTest {
  private static final SplitPlan OPEN =
      new SplitPlan(Optional.empty(), Optional.empty(), Optional.empty());

  private final List<String> told = new ArrayList<>();

  private static List<Sample> samples(String folder, int count, boolean anomalous) {
    return IntStream.range(0, count)
        .mapToObj(i -> ImageFolder.sample(Path.of(folder, i + ".png"), anomalous, folder))
        .toList();
  }

  private static DataSet open(int normal, int anomalous) {
    List<Sample> samples = new ArrayList<>(samples("good", normal, false));
    samples.addAll(samples("bad", anomalous, true));
    return DataSet.open(samples);
  }

  private static int count(List<Sample> samples, boolean anomalous) {
    return (int) samples.stream().filter(sample -> sample.anomalous() == anomalous).count();
  }

  @ParameterizedTest
  @CsvSource({
    "10, 1, 6, 2, 0, 2, 1",
    "10, 3, 6, 2, 0, 2, 3",
    "11, 4, 6, 2, 2, 3, 2",
    "40, 40, 24, 8, 20, 8, 20",
    "350, 200, 210, 70, 100, 70, 100",
    "400, 100, 240, 80, 50, 80, 50",
    "5000, 20, 250, 100, 10, 4650, 10"
  })
  void smallSetsAreSplitByFractions(
      int normal, int anomalous, int train, int good, int bad, int testGood, int testBad) {
    Split split = OPEN.draw(open(normal, anomalous), 1, told::add);
    assertThat(split.train()).hasSize(train);
    assertThat(count(split.calibrate(), false)).isEqualTo(good);
    assertThat(count(split.calibrate(), true)).isEqualTo(bad);
    assertThat(count(split.test(), false)).isEqualTo(testGood);
    assertThat(count(split.test(), true)).isEqualTo(testBad);
    assertThat(told).hasSize(1);
    assertThat(told.getFirst())
        .startsWith("split by fractions")
        .contains(train + " normal images for training (train), ", good + " normal and " + bad);
  }

  @Test
  void largeSetsAreSplitAsBefore() {
    DataSet data = open(351, 101);
    Split split = OPEN.draw(data, 7, told::add);
    assertThat(split)
        .isEqualTo(Split.of(data, Amount.count(250), Amount.count(100), Amount.ALL, 7));
    assertThat(split.test()).hasSize(2);
    assertThat(told).isEmpty();
  }

  @Test
  void whatIsNamedIsKept() {
    SplitPlan plan =
        new SplitPlan(Optional.of(Amount.count(20)), Optional.empty(), Optional.empty());
    Split split = plan.draw(open(40, 10), 1, told::add);
    assertThat(split.train()).hasSize(20);
    assertThat(count(split.calibrate(), false)).isEqualTo(10);
    plan = new SplitPlan(Optional.empty(), Optional.empty(), Optional.of(Amount.count(9)));
    split = plan.draw(open(40, 18), 1, told::add);
    assertThat(count(split.test(), false)).isEqualTo(9);
    assertThat(count(split.calibrate(), false)).isEqualTo(7);
    SplitPlan tooMany =
        new SplitPlan(Optional.empty(), Optional.of(Amount.count(30)), Optional.empty());
    assertThatThrownBy(() -> tooMany.draw(open(40, 40), 1, told::add))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("needs 30 normal images, of those left 16");
  }

  @Test
  void aTestListWithOneDefectKeepsIt() {
    List<Sample> test = new ArrayList<>(samples("fine", 6, false));
    test.addAll(samples("crack", 1, true));
    DataSet data = DataSet.given(samples("train", 8, false), test);
    Split split = OPEN.draw(data, 1, told::add);
    assertThat(split.train()).hasSize(8);
    assertThat(count(split.calibrate(), false)).isEqualTo(3);
    assertThat(count(split.test(), true)).isEqualTo(1);
    assertThat(told).hasSize(1);
    assertThatThrownBy(() -> OPEN.draw(open(40, 0), 1, told::add))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("of 40 normal and 0 anomalous images");
  }

  @Test
  void whatGroupsLeaveOverIsTold() {
    List<Sample> samples = new ArrayList<>();
    for (int item = 0; item < 10; item++) {
      String group = "item" + item;
      samples("good" + item, 3, false).forEach(sample -> samples.add(sample.in(group)));
      samples("bad" + item, 1, true).forEach(sample -> samples.add(sample.in(group)));
    }
    Split split = OPEN.draw(DataSet.open(samples), 1, told::add);
    int used = split.train().size() + split.calibrate().size() + split.test().size();
    assertThat(used).isLessThan(40);
    assertThat(told).hasSize(2);
    assertThat(told.get(1)).startsWith("left out " + (40 - used) + " images of groups of which");
  }
}
