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
 * The split of a data set into the subsets for training, for setting the threshold and for testing.
 * No sample is in two subsets, and no group reaches into two.
 *
 * @param train normal samples
 * @param calibrate normal samples and, unless there are too few, anomalous ones
 * @param test normal and anomalous samples
 */
public record Split(List<Sample> train, List<Sample> calibrate, List<Sample> test) {

  /** The size of a subset: a count of samples, or a fraction of those available. */
  public sealed interface Amount {
    /** All samples available. */
    Amount ALL = fraction(1);

    /**
     * {@return a count of samples}
     *
     * @param count the count, 0 or more
     * @throws IllegalArgumentException if the count is negative
     */
    static Amount count(int count) {
      return new Count(count);
    }

    /**
     * {@return a fraction of the samples available, rounded to the nearest count}
     *
     * @param fraction from 0 to 1
     * @throws IllegalArgumentException if the fraction is outside that range
     */
    static Amount fraction(double fraction) {
      return new Fraction(fraction);
    }

    /**
     * {@return the count of samples}
     *
     * @param available the count of samples available; more may be asked for
     */
    int of(int available);

    /**
     * A count of samples.
     *
     * @param count the count, 0 or more
     */
    record Count(int count) implements Amount {
      /** Checks the count. */
      public Count {
        if (count < 0) {
          throw new IllegalArgumentException(count + " is not a count of samples");
        }
      }

      @Override
      public int of(int available) {
        return count;
      }
    }

    /**
     * A fraction of the samples available.
     *
     * @param fraction from 0 to 1
     */
    record Fraction(double fraction) implements Amount {
      /** Checks the fraction. */
      public Fraction {
        if (!(fraction >= 0 && fraction <= 1)) {
          throw new IllegalArgumentException(fraction + " is not a fraction from 0 to 1");
        }
      }

      @Override
      public int of(int available) {
        return (int) Math.round(fraction * available);
      }
    }
  }

  /**
   * Draws the subsets that the data set leaves open: all three from unassigned samples; otherwise a
   * part of the training list, and, without a calibration list, that subset from the test list.
   *
   * <p>Anomalous samples are drawn stratified, so that every subset gets its part of every class of
   * defect. A group goes whole to the subset that first draws one of its samples, and those that
   * the subset cannot use are left out; groups that are in the test list too are left out of the
   * training list.
   *
   * @param data the samples
   * @param train the amount of normal samples for training
   * @param calibrate the amount, of normal and of anomalous samples each, of those not in training
   * @param test the amount, of normal and of anomalous samples each, of those that remain
   * @param seed fixes the draw; the order of the lists matters, the machine does not
   * @return the three subsets
   * @throws InputException if a subset would have too few samples, naming how many are needed
   */
  public static Split of(DataSet data, Amount train, Amount calibrate, Amount test, long seed) {
    return of(data, take(train), take(calibrate), take(test), seed);
  }

  /** The counts of normal and of anomalous samples that a subset takes. */
  interface Take {
    /** {@return the count for those available of one truth} */
    int of(int available, boolean anomalous);
  }

  static Take take(Amount amount) {
    return (available, anomalous) -> amount.of(available);
  }

  /** The same, with amounts that may differ for normal and anomalous samples. */
  static Split of(DataSet data, Take train, Take calibrate, Take test, long seed) {
    Random random = new Random(seed);
    if (!data.open().isEmpty()) {
      Deck deck = new Deck(data.open(), random);
      List<Sample> training = deck.take(train.of(deck.count(false), false), 0);
      List<Sample> calibration = deck.take(calibrate);
      return new Split(training, calibration, deck.take(test)).checked(data);
    }
    Set<String> held = groups(data.calibrate());
    held.addAll(groups(data.test()));
    List<Sample> candidates =
        data.train().stream().filter(sample -> !held.contains(sample.group())).toList();
    Deck trainDeck = new Deck(candidates, random);
    List<Sample> training = trainDeck.take(train.of(trainDeck.count(false), false), 0);
    Deck deck = new Deck(data.test(), random);
    List<Sample> calibration = data.calibrate().isEmpty() ? deck.take(calibrate) : data.calibrate();
    return new Split(training, calibration, deck.take(test)).checked(data);
  }

  private static Set<String> groups(Collection<Sample> samples) {
    return samples.stream().map(Sample::group).collect(Collectors.toSet());
  }

  private Split checked(DataSet data) {
    if (train.isEmpty() || calibrate.stream().allMatch(Sample::anomalous) || !hasBothKinds(test)) {
      long normals = data.all().filter(sample -> !sample.anomalous()).count();
      long anomalies = data.all().filter(Sample::anomalous).count();
      throw new InputException(
          "of "
              + normals
              + " normal and "
              + anomalies
              + " anomalous images a subset of the split would lack normal or anomalous ones that"
              + " it needs; change how many are for training (train), calibration (calibrate) and"
              + " testing (test), or the grouping (group-by)");
    }
    return this;
  }

  private static boolean hasBothKinds(List<Sample> samples) {
    return samples.stream().anyMatch(Sample::anomalous)
        && samples.stream().anyMatch(sample -> !sample.anomalous());
  }

  /** A deck of samples in the order of the draw, dealt by whole groups. */
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

    private List<Sample> take(Take amount) {
      return take(amount.of(count(false), false), amount.of(count(true), true));
    }

    /** Takes normal samples and then anomalous ones. */
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

  private static void require(List<Sample> taken, int needed, int available, String kind) {
    if (taken.size() < needed) {
      throw new InputException(
          "a subset of the split needs "
              + needed
              + " "
              + kind
              + " images, of those left "
              + available
              + " can be used; lower how many are for training (train), calibration (calibrate) or"
              + " testing (test)");
    }
  }

  private static List<Sample> shuffled(List<Sample> samples, Random random) {
    List<Sample> order = new ArrayList<>(samples);
    Collections.shuffle(order, random);
    return order;
  }

  /**
   * An order every section of which holds the labels in proportion: the r-th of a label's n samples
   * goes to the place (r + ½)/n, and samples of one label keep their order.
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
