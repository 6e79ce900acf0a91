package kintsugi.experiment;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import kintsugi.dataset.Sample;
import kintsugi.metric.RocCurve;
import org.apache.commons.math3.stat.descriptive.rank.Percentile;

/**
 * The predictions for one class of images.
 *
 * @param label normal, or the class of a defect
 * @param images how many there are
 * @param right how many predictions are the truth
 * @param accuracy their fraction
 * @param auroc against all normal images; NaN for these themselves
 * @param lowest the minimum score
 * @param lowerQuartile a quarter of the scores lies below
 * @param median half of them
 * @param upperQuartile three quarters
 * @param highest the maximum score
 */
public record ClassOutcome(
    String label,
    int images,
    int right,
    double accuracy,
    double auroc,
    double lowest,
    double lowerQuartile,
    double median,
    double upperQuartile,
    double highest) {

  /** The classes of some outcomes: normal images first, then the classes of defects by name. */
  static List<ClassOutcome> of(List<Outcome> outcomes) {
    Map<String, List<Outcome>> byLabel =
        outcomes.stream()
            .collect(
                Collectors.groupingBy(o -> o.sample().label(), TreeMap::new, Collectors.toList()));
    List<Outcome> normal = outcomes.stream().filter(o -> !o.sample().anomalous()).toList();
    List<ClassOutcome> classes = new ArrayList<>();
    classes.add(of(Sample.NORMAL, normal, List.of()));
    byLabel.forEach(
        (label, group) -> {
          if (group.getFirst().sample().anomalous()) {
            classes.add(of(label, group, normal));
          }
        });
    return classes;
  }

  private static ClassOutcome of(String label, List<Outcome> group, List<Outcome> normal) {
    double[] scores = group.stream().mapToDouble(Outcome::score).sorted().toArray();
    int right = (int) group.stream().filter(Outcome::isRight).count();
    Percentile percentile = new Percentile();
    percentile.setData(scores);
    return new ClassOutcome(
        label,
        scores.length,
        right,
        (double) right / scores.length,
        normal.isEmpty() ? Double.NaN : auroc(group, normal),
        scores[0],
        percentile.evaluate(25),
        percentile.evaluate(50),
        percentile.evaluate(75),
        scores[scores.length - 1]);
  }

  private static double auroc(List<Outcome> anomalous, List<Outcome> normal) {
    List<Outcome> both = new ArrayList<>(anomalous);
    both.addAll(normal);
    boolean[] truth = new boolean[both.size()];
    Arrays.fill(truth, 0, anomalous.size(), true);
    return RocCurve.of(both.stream().mapToDouble(Outcome::score).toArray(), truth).area();
  }
}
