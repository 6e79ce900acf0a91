package kintsugi.audit;

import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import kintsugi.detector.Methods;
import kintsugi.detector.Recipe;
import kintsugi.tensor.Tensor;

/** The variants of a stage: how each is compared, and which published recipes choose it. */
final class Variants {
  /** An error within this fraction of a stage's maximum is rounding. */
  private static final double BOUND = 1e-3;

  /** An error within this fraction is that of the very choice, so that no other is tried. */
  static final double CLOSE = 2e-5;

  private Variants() {}

  /**
   * A variant.
   *
   * @param how the choice in words
   * @param recipes the published versions with this choice
   * @param actual its values
   * @param wanted the dump's values
   */
  static Against.Variant of(String how, List<String> recipes, double[] actual, double[] wanted) {
    double maximum = 0;
    double error = actual.length == wanted.length ? 0 : Double.POSITIVE_INFINITY;
    for (int i = 0; i < wanted.length; i++) {
      maximum = Math.max(maximum, Math.abs(wanted[i]));
      error = Math.max(error, i < actual.length ? Math.abs(actual[i] - wanted[i]) : error);
    }
    return of(how, recipes, error == 0 ? 0 : error / maximum);
  }

  /** A variant of a known error. */
  static Against.Variant of(String how, List<String> recipes, double error) {
    return new Against.Variant(how, recipes, error, error <= BOUND);
  }

  /** A stage, its variants sorted by their errors. */
  static Against.Stage stage(String name, String from, List<Against.Variant> variants) {
    return new Against.Stage(
        name,
        from,
        variants.stream().sorted(Comparator.comparingDouble(Against.Variant::error)).toList());
  }

  static double[] doubles(Tensor tensor) {
    return Bench.doubles(tensor.data());
  }

  /** The names of all published recipes with a choice. */
  static List<String> recipes(Predicate<Recipe> choice) {
    return names(Methods.recipes().stream(), choice);
  }

  /**
   * The names of a method's published recipes with a choice.
   *
   * @param method its name
   * @param type the class of its recipes
   */
  static <R extends Recipe> List<String> recipes(
      String method, Class<R> type, Predicate<R> choice) {
    return names(Methods.named(method).recipes().stream().map(type::cast), choice);
  }

  private static <R extends Recipe> List<String> names(Stream<R> recipes, Predicate<R> choice) {
    return recipes.filter(choice).map(Recipe::name).toList();
  }
}
