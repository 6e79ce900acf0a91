package kintsugi.mark;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import kintsugi.audit.Relations;
import kintsugi.mark.Attempt.Outcome;
import kintsugi.mark.Marker.Mark;
import kintsugi.mark.Marker.State;
import kintsugi.tensor.Tensor;

/** The verdict on what a student's method returned: the first wrong case and the likely mistake. */
final class Verdict {
  /** The bound of {@link Relations}, below which equal values would have any of them. */
  private static final double NEARLY = 2e-4;

  private Verdict() {}

  /**
   * Compares.
   *
   * @param outcomes of the first cases, of which at most the last did not return
   * @param printed what the student's code printed
   */
  static Mark of(Exercise exercise, List<Outcome> outcomes, String printed) {
    List<Values> expected = exercise.expected();
    for (int i = 0; i < outcomes.size(); i++) {
      Outcome outcome = outcomes.get(i);
      String name = exercise.cases().get(i).name();
      if (outcome.kind() == Attempt.Kind.NOT_WRITTEN) {
        return mark(exercise, State.NOT_WRITTEN, "not written yet", List.of(), printed);
      }
      if (outcome.kind() == Attempt.Kind.FAILED) {
        return mark(exercise, State.FAILED, name + ": " + outcome.text(), List.of(), printed);
      }
      if (!outcome.values().agrees(expected.get(i))) {
        String text = name + ": " + difference(exercise, outcome.values(), expected.get(i));
        List<String> causes = causes(exercise, outcomes, i, expected.get(i));
        return mark(exercise, State.WRONG, text, causes, printed);
      }
    }
    String text = outcomes.size() + " of " + outcomes.size() + " cases";
    return mark(exercise, State.RIGHT, text, List.of(), printed);
  }

  private static Mark mark(
      Exercise exercise, State state, String text, List<String> causes, String printed) {
    return new Mark(exercise.name(), state, text, causes, printed);
  }

  private static String difference(Exercise exercise, Values found, Values expected) {
    if (!Arrays.equals(found.shape(), expected.shape())) {
      return "it returned " + found.size() + ", expected " + expected.size();
    }
    int first = found.firstDifference(expected);
    String index = exercise.method() + "(…)" + found.index(first);
    int count = found.differences(expected);
    String others =
        found.values().length == 1
            ? ""
            : String.format(Locale.ROOT, " (%d of %d values differ)", count, found.values().length);
    return index + " is " + found.text(first) + ", expected " + expected.text(first) + others;
  }

  /**
   * The known mistakes with the same values in every case; else how the wrong values follow from
   * the expected ones.
   */
  private static List<String> causes(
      Exercise exercise, List<Outcome> outcomes, int wrong, Values expected) {
    List<Values> found =
        outcomes.stream()
            .takeWhile(outcome -> outcome.kind() == Attempt.Kind.RETURNED)
            .map(Outcome::values)
            .toList();
    List<String> causes = new ArrayList<>();
    for (Exercise.Mistake mistake : exercise.mistakes()) {
      List<Values> wanted = exercise.results(mistake.result());
      boolean all = true;
      for (int i = 0; i < found.size() && all; i++) {
        all = found.get(i).agrees(wanted.get(i));
      }
      if (all) {
        causes.add(mistake.what());
      }
    }
    if (causes.isEmpty()) {
      relation(found.get(wrong), expected).ifPresent(causes::add);
    }
    return causes;
  }

  private static Optional<String> relation(Values found, Values expected) {
    if (found.shape().length == 0 || !Arrays.equals(found.shape(), expected.shape())) {
      return Optional.empty();
    }
    double error = found.error(expected);
    if (error < NEARLY) {
      return Optional.of(
          String.format(
              Locale.ROOT,
              "something small, probably not the formula, since no value is off by more than %.1e of the"
                  + " maximum: an edge, a constant, the end of a window, or digits that cancel",
              error));
    }
    return Relations.of(tensor(expected), tensor(found), found.shape().length == 2)
        .map(text -> "the values are " + text.replace("A's", "the expected ones"));
  }

  private static Tensor tensor(Values values) {
    float[] floats = new float[values.values().length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values.values()[i];
    }
    return Tensor.of(floats, values.shape());
  }
}
