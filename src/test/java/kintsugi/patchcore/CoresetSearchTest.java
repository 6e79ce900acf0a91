package kintsugi.patchcore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Random;
import kintsugi.InputException;
import kintsugi.detector.Session;
import kintsugi.engine.Parallel;
import kintsugi.engine.RowMatrix;
import kintsugi.engine.vector.VectorEngine;
import kintsugi.patchcore.PatchCoreRecipe.FirstCentre;
import kintsugi.tensor.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CoresetSearchTest {
  private static final int D = 24;
  private static final long SEED = 5;
  private final Parallel parallel = new Parallel(2);
  private final Session session = Session.strict(new VectorEngine(parallel), parallel, null);

  @AfterEach
  void close() {
    parallel.close();
  }

  /** Clusters, and coarse steps so that distances are equal now and then. */
  private static Tensor rows(int count) {
    Random random = new Random(count);
    Tensor rows = Tensor.zeros(count, D);
    for (int i = 0; i < rows.size(); i++) {
      rows.data()[i] = i / D % 5 + random.nextInt(6) / 4f;
    }
    return rows;
  }

  /** Parts of different sizes, one of them empty where there are several. */
  private LocalParts parts(Tensor rows, int count) {
    int n = rows.dim(0);
    int[] cuts = new int[count + 1];
    for (int i = 1; i < count; i++) {
      cuts[i] = i == count - 1 ? cuts[i - 1] : (int) (n * Math.sqrt((double) i / count));
    }
    cuts[count] = n;
    return new LocalParts(
        session,
        count,
        i -> {
          float[] some = Arrays.copyOfRange(rows.data(), cuts[i] * D, cuts[i + 1] * D);
          int own = some.length / D;
          return new PatchPart(
              session, RowMatrix.of(Tensor.of(some, own, D)), Origins.unknown(own), null);
        });
  }

  private CoresetSearch search(LocalParts parts, PatchCoreRecipe.Coreset choices) {
    return new CoresetSearch(parts, choices, SEED, Session.Options.STRICT);
  }

  private static PatchCoreRecipe.Coreset choices(String projection, FirstCentre first, int size) {
    return new PatchCoreRecipe.Coreset(
        RandomProjection.parse(projection),
        first,
        0.1,
        OptionalInt.of(size),
        OptionalDouble.empty(),
        OptionalInt.empty());
  }

  /** The textbook's rows in the order of their choice, and its covering radius. */
  private ChosenPatches expected(Tensor rows, PatchCoreRecipe.Coreset choices) {
    int n = rows.dim(0);
    RandomProjection projection = choices.projection();
    int directions = projection.directions(n, D);
    Tensor space = projection.apply(rows, SEED, directions, parallel);
    RowMatrix all = RowMatrix.of(space);
    Random random = new Random(SEED);
    double[] start =
        choices.firstCentre() == FirstCentre.RANDOM
            ? KCenterGreedy.startAt(random.nextInt(n), n)
            : KCenterGreedy.meanDistances(
                all, all.gather(random.ints(0, n).distinct().limit(10).toArray()));
    var coreset =
        KCenterGreedy.textbook(all, start, choices.wanted(n, 0), choices.radius().orElse(0));
    Tensor bank = RowMatrix.of(rows).gather(coreset.order());
    return new ChosenPatches(
        bank, Origins.unknown(bank.dim(0)), n, coreset.coveringRadius(), 0, 2, directions, 1, 1);
  }

  private static double[][] distances(Tensor a, Tensor b) {
    double[][] distances = new double[a.dim(0)][b.dim(0)];
    for (int i = 0; i < a.dim(0); i++) {
      for (int j = 0; j < b.dim(0); j++) {
        double sum = 0;
        for (int k = 0; k < a.dim(1); k++) {
          sum += Math.pow((double) a.data()[i * a.dim(1) + k] - b.data()[j * b.dim(1) + k], 2);
        }
        distances[i][j] = Math.sqrt(sum);
      }
    }
    return distances;
  }

  private static double coveringRadius(Tensor rows, Tensor bank) {
    return Arrays.stream(distances(rows, bank))
        .mapToDouble(each -> Arrays.stream(each).min().orElseThrow())
        .max()
        .orElseThrow();
  }

  @ParameterizedTest
  @CsvSource({
    "1, none, RANDOM",
    "2, none, RANDOM",
    "7, none, RANDOM",
    "3, dense:9, FARTHEST",
    "4, sparse:0.9, RANDOM",
    "5, none, FARTHEST"
  })
  void roundsOverPartsMakeTheTextbooksChoices(int count, String projection, FirstCentre first) {
    Tensor rows = rows(1500);
    var choices = choices(projection, first, 400);
    ChosenPatches expected = expected(rows, choices);
    LocalParts parts = parts(rows, count);
    ChosenPatches exact = search(parts, choices).exact();
    assertThat(exact.bank().data()).isEqualTo(expected.bank().data());
    assertThat(exact.coveringRadius()).isEqualTo(expected.coveringRadius());
    assertThat(exact.directions()).isEqualTo(expected.directions());
    assertThat(exact.patches()).isEqualTo(1500);
    assertThat(exact.provedFactor()).isEqualTo(first == FirstCentre.RANDOM ? 2 : 0);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 5, 9})
  void aPartThatIsMadeAgainInBetweenChangesNothing(int lostBefore) {
    Tensor rows = rows(1200);
    var choices = choices("dense:12", FirstCentre.RANDOM, 300);
    ChosenPatches expected = search(parts(rows, 4), choices).exact();
    LocalParts parts = parts(rows, 4);
    parts.lostPart = 1;
    parts.lostBefore = lostBefore;
    ChosenPatches exact = search(parts, choices).exact();
    assertThat(exact.bank().data()).isEqualTo(expected.bank().data());
    assertThat(exact.rounds()).isGreaterThan(5);
    ChosenPatches composable = search(parts(rows, 4), choices).composable();
    LocalParts again = parts(rows, 4);
    again.lostBefore = lostBefore;
    ChosenPatches other = search(again, choices).composable();
    assertThat(other.bank().data()).isEqualTo(composable.bank().data());
    assertThat(other.coveringRadius()).isEqualTo(composable.coveringRadius());
  }

  @Test
  void aSecondSearchOfTheSamePartsStartsAnew() {
    Tensor rows = rows(600);
    LocalParts parts = parts(rows, 3);
    var few = search(parts, choices("none", FirstCentre.RANDOM, 20));
    float[] first = few.exact().bank().data();
    var projected = choices("dense:7", FirstCentre.RANDOM, 20);
    ChosenPatches second = search(parts, projected).exact();
    assertThat(second.bank().data()).isEqualTo(expected(rows, projected).bank().data());
    assertThat(few.exact().bank().data()).isEqualTo(first);
  }

  @ParameterizedTest
  @CsvSource({"1, none", "2, none", "6, none", "3, dense:12"})
  void theComposableRadiusIsMeasuredAndWithinItsBounds(int count, String projection) {
    Tensor rows = rows(900);
    var choices = choices(projection, FirstCentre.RANDOM, 60);
    ChosenPatches composable = search(parts(rows, count), choices).composable();
    assertThat(composable.bank().shape()).containsExactly(60, D);
    int directions = composable.directions();
    double measured =
        coveringRadius(
            choices.projection().apply(rows, SEED, directions, parallel),
            choices.projection().apply(composable.bank(), SEED, directions, parallel));
    assertThat(composable.coveringRadius()).isCloseTo(measured, within(1e-9));
    ChosenPatches exact = search(parts(rows, count), choices).exact();
    // The exact radius is an upper bound of the best one, half of it a lower one.
    assertThat(composable.lowerBound()).isPositive().isLessThanOrEqualTo(exact.coveringRadius());
    assertThat(exact.lowerBound()).isLessThanOrEqualTo(composable.coveringRadius());
    assertThat(composable.factor()).isBetween(1.0, count == 1 ? 2.0 : 4.0);
    assertThat(composable.coveringRadius()).isLessThan(2 * exact.coveringRadius());
    if (count == 1) {
      assertThat(composable.bank().data()).isEqualTo(exact.bank().data());
    }
  }

  /** All choices of three rows, so that the best covering radius is known. */
  @Test
  void theBoundsHoldForTheBestRadius() {
    Tensor rows = rows(40);
    double[][] distance = distances(rows, rows);
    double best = Double.MAX_VALUE;
    for (int a = 0; a < 40; a++) {
      for (int b = a + 1; b < 40; b++) {
        for (int c = b + 1; c < 40; c++) {
          double radius = 0;
          for (double[] row : distance) {
            radius = Math.max(radius, Math.min(row[a], Math.min(row[b], row[c])));
          }
          best = Math.min(best, radius);
        }
      }
    }
    var choices = choices("none", FirstCentre.RANDOM, 3);
    for (int count : new int[] {1, 2, 5, 13}) {
      LocalParts parts = parts(rows, count);
      for (ChosenPatches chosen :
          new ChosenPatches[] {
            search(parts, choices).composable(), search(parts, choices).exact()
          }) {
        assertThat(chosen.lowerBound()).isLessThanOrEqualTo(best);
        assertThat(chosen.coveringRadius()).isBetween(best, chosen.provedFactor() * best);
        assertThat(chosen.coveringRadius()).isLessThanOrEqualTo(chosen.factor() * best + 1e-12);
      }
    }
  }

  @Test
  void everyPartKeepsAsManyCentresAsTheBankHasSoThatNoClusterIsMissed() {
    // Part 0 has five clusters, the other parts one point: fewer centres each would miss some.
    Tensor rows = Tensor.zeros(100, D);
    for (int i = 0; i < 25; i++) {
      rows.data()[i * D] = 100 * (i % 5);
    }
    LocalParts parts =
        new LocalParts(
            session,
            4,
            i ->
                new PatchPart(
                    session,
                    RowMatrix.of(
                        Tensor.of(
                            Arrays.copyOfRange(rows.data(), i * 25 * D, (i + 1) * 25 * D), 25, D)),
                    Origins.unknown(25),
                    null));
    ChosenPatches chosen = search(parts, choices("none", FirstCentre.RANDOM, 5)).composable();
    assertThat(chosen.coveringRadius()).isZero();
    assertThatThrownBy(() -> search(parts, choices("none", FirstCentre.RANDOM, 6)).composable())
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith("only 5 of 100 patches differ where 6 are wanted");
    assertThatThrownBy(() -> search(parts, choices("none", FirstCentre.RANDOM, 6)).exact())
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith("only 5 of 100 patches differ where 6 are wanted");
  }

  @Test
  void aRadiusThatIsWantedIsKept() {
    Tensor rows = rows(800);
    double radius = 8;
    var choices =
        new PatchCoreRecipe.Coreset(
            RandomProjection.NONE,
            FirstCentre.RANDOM,
            1,
            OptionalInt.empty(),
            OptionalDouble.of(radius),
            OptionalInt.empty());
    ChosenPatches exact = search(parts(rows, 3), choices).exact();
    assertThat(exact.bank().data()).isEqualTo(expected(rows, choices).bank().data());
    ChosenPatches composable = search(parts(rows, 3), choices).composable();
    assertThat(composable.coveringRadius()).isLessThanOrEqualTo(radius);
    assertThat(composable.bank().dim(0)).isBetween(exact.bank().dim(0), 799);
  }

  @Test
  void aSearchThatStartsFromMeanDistancesProvesNothing() {
    var choices = choices("dense:9", FirstCentre.FARTHEST, 50);
    ChosenPatches composable = search(parts(rows(500), 3), choices).composable();
    assertThat(composable.provedFactor()).isZero();
    assertThat(composable.lowerBound()).isZero();
    assertThat(composable.factor()).isNaN();
  }
}
