package kintsugi.dataset;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import kintsugi.InputException;

/**
 * Which samples are learnt from, which set the threshold and which are tested; no sample is in two,
 * and no two samples of one group are on two sides.
 *
 * @param train normal samples
 * @param calibrate normal and anomalous samples
 * @param test normal and anomalous samples
 */
public record Split(List<Sample> train, List<Sample> calibrate, List<Sample> test) {

  /**
   * So many samples, or such a share of those that there are.
   *
   * @param value a count, or a share from 0 to 1
   * @param share which of the two
   */
  public record Amount(double value, boolean share) {
    /** All that there are. */
    public static final Amount ALL = share(1);

    /**
     * So many.
     *
     * @param count how many
     * @return the amount
     */
    public static Amount count(int count) {
      return new Amount(count, false);
    }

    /**
     * Such a share.
     *
     * @param share from 0 to 1
     * @return the amount
     */
    public static Amount share(double share) {
      return new Amount(share, true);
    }

    private int of(int available) {
      return (int) Math.round(share ? value * available : value);
    }
  }

  /**
   * Draws what the data set leaves open: all three sides of samples that are on none, else a part
   * of the training list, and the calibration set out of the test list where there is none.
   *
   * <p>Anomalous samples are drawn stratified, so that each side has its part of each defect class.
   * Groups go whole to the side that first wants one of theirs, and what that side cannot use is
   * left out; a training list gives up the groups that a test list has too.
   *
   * @param data the samples
   * @param train how many of the normal samples to learn from
   * @param calibrate how many of either kind of those that are not learnt from
   * @param test how many of either kind of those that are left
   * @param seed fixes the draw; the order of the lists matters, the machine does not
   * @return the three sides
   * @throws InputException if a side would have too few samples, naming how many are wanted
   */
  public static Split of(DataSet data, Amount train, Amount calibrate, Amount test, long seed) {
    Random random = new Random(seed);
    if (!data.open().isEmpty()) {
      Deck deck = new Deck(data.open(), random);
      List<Sample> learnt = deck.take(train.of(deck.count(false)), 0);
      List<Sample> known = deck.take(calibrate);
      return new Split(learnt, known, deck.take(test)).checked(data);
    }
    Set<String> held = groups(data.calibrate());
    held.addAll(groups(data.test()));
    List<Sample> learnable =
        data.train().stream().filter(sample -> !held.contains(sample.group())).toList();
    Deck trainDeck = new Deck(learnable, random);
    List<Sample> learnt = trainDeck.take(train.of(trainDeck.count(false)), 0);
    Deck deck = new Deck(data.test(), random);
    List<Sample> known = data.calibrate().isEmpty() ? deck.take(calibrate) : data.calibrate();
    return new Split(learnt, known, deck.take(test)).checked(data);
  }

  private static Set<String> groups(Collection<Sample> samples) {
    return samples.stream().map(Sample::group).collect(Collectors.toSet());
  }

  private Split checked(DataSet data) {
    if (train.isEmpty() || !hasBothKinds(calibrate) || !hasBothKinds(test)) {
      long normals = data.all().filter(sample -> !sample.anomalous()).count();
      long anomalies = data.all().filter(Sample::anomalous).count();
      throw new InputException(
          "of "
              + normals
              + " normal and "
              + anomalies
              + " anomalous pictures a side of the split would have none of a kind that it needs;"
              + " change --train, --calibrate or --test, their fractions, or --group-by");
    }
    return this;
  }

  private static boolean hasBothKinds(List<Sample> samples) {
    return samples.stream().anyMatch(Sample::anomalous)
        && samples.stream().anyMatch(sample -> !sample.anomalous());
  }

  /** Samples in the order of a draw, dealt by whole groups. */
  private static final class Deck {
    private final Map<String, List<Sample>> groups;

    private Deck(List<Sample> samples, Random random) {
      List<Sample> order = shuffled(samples.stream().filter(s -> !s.anomalous()).toList(), random);
      order.addAll(
          stratified(shuffled(samples.stream().filter(Sample::anomalous).toList(), random)));
      groups =
          order.stream()
              .collect(
                  Collectors.groupingBy(Sample::group, LinkedHashMap::new, Collectors.toList()));
    }

    private int count(boolean anomalous) {
      return (int)
          groups.values().stream()
              .flatMap(List::stream)
              .filter(sample -> sample.anomalous() == anomalous)
              .count();
    }

    private List<Sample> take(Amount amount) {
      return take(amount.of(count(false)), amount.of(count(true)));
    }

    /** The normal ones first. */
    private List<Sample> take(int normal, int anomalous) {
      List<Sample> good = new ArrayList<>();
      List<Sample> bad = new ArrayList<>();
      int normals = count(false);
      int anomalies = count(true);
      Iterator<List<Sample>> rest = groups.values().iterator();
      while (rest.hasNext() && (good.size() < normal || bad.size() < anomalous)) {
        boolean wanted = false;
        for (Sample sample : rest.next()) {
          List<Sample> kind = sample.anomalous() ? bad : good;
          if (kind.size() < (sample.anomalous() ? anomalous : normal)) {
            kind.add(sample);
            wanted = true;
          }
        }
        if (wanted) {
          rest.remove();
        }
      }
      require(good, normal, normals, Sample.NORMAL);
      require(bad, anomalous, anomalies, "anomalous");
      good.addAll(bad);
      return good;
    }
  }

  private static void require(List<Sample> taken, int wanted, int available, String kind) {
    if (taken.size() < wanted) {
      throw new InputException(
          "a side of the split wants "
              + wanted
              + " "
              + kind
              + " pictures, of those left "
              + available
              + " can serve; lower --train, --calibrate or --test");
    }
  }

  private static List<Sample> shuffled(List<Sample> samples, Random random) {
    List<Sample> order = new ArrayList<>(samples);
    Collections.shuffle(order, random);
    return order;
  }

  /**
   * An order any part of which has its share of each label: the r-th of a label's n samples goes to
   * the place (r + ½)/n, those of one label keep their order.
   */
  private static List<Sample> stratified(List<Sample> samples) {
    Map<String, Long> sizes =
        samples.stream().collect(Collectors.groupingBy(Sample::label, Collectors.counting()));
    Map<String, Integer> seen = new HashMap<>();
    Map<Sample, Double> places = new HashMap<>();
    for (Sample sample : samples) {
      int rank = seen.merge(sample.label(), 1, Integer::sum);
      places.put(sample, (rank - 0.5) / sizes.get(sample.label()));
    }
    return samples.stream().sorted(Comparator.comparingDouble(places::get)).toList();
  }
}
