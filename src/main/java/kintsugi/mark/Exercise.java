package kintsugi.mark;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import kintsugi.InputException;

/**
 * One exercise: a static method that a student writes, the inputs it is called with, what the
 * specification returns for them, and what known mistakes would return.
 *
 * @param name of the class that holds the method
 * @param method its name
 * @param cases from the simplest on, the first that is wrong is reported
 * @param solution the specification
 * @param mistakes the catalogue
 */
record Exercise(
    String name,
    String method,
    List<Case> cases,
    Function<Object[], Object> solution,
    List<Mistake> mistakes) {

  /**
   * One input.
   *
   * @param name what is special in it
   * @param arguments made anew for each call, since a method may change them
   */
  record Case(String name, Supplier<Object[]> arguments) {}

  /**
   * A known mistake.
   *
   * @param what in words, as a sentence continues after "perhaps"
   * @param result what a method with this mistake returns
   */
  record Mistake(String what, Function<Object[], Object> result) {}

  /** All exercises, in the order of the papers. */
  static List<Exercise> all() {
    return List.of(
        CovarianceExercise.exercise(),
        CholeskyExercise.exercise(),
        SubstitutionExercise.exercise(),
        CoresetExercise.exercise(),
        BilinearExercise.exercise(),
        BlurExercise.exercise(),
        AurocExercise.exercise(),
        ProExercise.exercise(),
        ConvolutionExercise.exercise(),
        WinogradExercise.exercise());
  }

  /**
   * The exercise of a name, in whatever case.
   *
   * @throws InputException if there is no such exercise
   */
  static Exercise of(String name) {
    return all().stream()
        .filter(exercise -> exercise.name.equalsIgnoreCase(name))
        .findFirst()
        .orElseThrow(
            () ->
                new InputException(
                    "there is no exercise "
                        + InputException.quoted(name)
                        + "; there are "
                        + all().stream().map(Exercise::name).collect(Collectors.joining(", "))));
  }

  /** The types of the method's parameters. */
  Class<?>[] parameters() {
    return Arrays.stream(cases.getFirst().arguments.get())
        .map(
            argument ->
                switch (argument) {
                  case Integer ignored -> int.class;
                  case Double ignored -> double.class;
                  default -> argument.getClass();
                })
        .toArray(Class<?>[]::new);
  }

  /** What the specification returns for each case. */
  List<Values> expected() {
    return results(solution);
  }

  /** What a function returns for each case. */
  List<Values> results(Function<Object[], Object> function) {
    return cases.stream().map(c -> Values.of(function.apply(c.arguments.get()))).toList();
  }

  /** Numbers between −1 and 1, the same for a seed. */
  static float[] random(int seed, int count) {
    // Neighbouring seeds have similar first numbers.
    Random random = new Random(seed * 0x9E3779B97F4A7C15L);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = Math.round((random.nextFloat() * 2 - 1) * 1000) / 1000f;
    }
    return values;
  }

  /** The same as rows. */
  static float[][] random(int seed, int rows, int columns) {
    float[][] values = new float[rows][];
    for (int i = 0; i < rows; i++) {
      values[i] = random(seed * 1000 + i, columns);
    }
    return values;
  }
}
