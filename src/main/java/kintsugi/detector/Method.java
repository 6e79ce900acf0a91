package kintsugi.detector;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import kintsugi.weights.StoredTensor;

/**
 * A method of anomaly detection: its name, its recipes, how it is fitted, and how a fitted one is
 * read from a file. Methods are found by {@link java.util.ServiceLoader}, so a new one is a package
 * of its own and changes nothing elsewhere; {@link Methods} lists them.
 */
public interface Method {

  /** {@return the name in recipes, files and on the command line, such as {@code padim}} */
  String name();

  /** {@return the name as its paper writes it} */
  String title();

  /** {@return one line about the method and its paper} */
  String description();

  /** {@return its versions, all of one record class; the first is the default} */
  List<Recipe> recipes();

  /** {@return the choices of its recipes in addition to {@link Choice#COMMON}} */
  List<Choice> choices();

  /**
   * {@return a fit that has seen no image}
   *
   * @param session the engine, the weights and the threads
   * @param recipe one of this method's
   * @param seed fixes every draw
   */
  Fit fit(Session session, Recipe recipe, long seed);

  /**
   * {@return a partial fit from its tensors}
   *
   * @param session the engine, the weights and the threads
   * @param header the metadata that every file has
   * @param tensors what {@link Fit#tensors} returned
   * @throws IllegalArgumentException if the tensors are not those of a partial fit
   */
  Fit readFit(Session session, FitHeader header, Map<String, StoredTensor> tensors);

  /**
   * {@return a fitted detector from its tensors}
   *
   * @param session the engine, the weights and the threads
   * @param header the metadata that every file has
   * @param summary the JSON of what {@link AnomalyDetector#summary} returned
   * @param tensors what {@link AnomalyDetector#tensors} returned
   * @throws IllegalArgumentException if the tensors are not those of a model
   */
  AnomalyDetector readDetector(
      Session session, FitHeader header, String summary, Map<String, StoredTensor> tensors);

  /**
   * {@return what is wrong with a model's tensors by themselves, without the weights that it was
   * fitted with: all faults, on one line each, as the end of a sentence about the file}
   *
   * @param tensors of a model or a partial fit, of any format
   * @throws IllegalArgumentException at a fault that hides others
   */
  default List<String> check(Map<String, StoredTensor> tensors) {
    return List.of();
  }

  /**
   * {@return a detector of what another program fitted, whose file does not say to how many images}
   *
   * @param session the engine, the weights and the threads
   * @param recipe one of this method's
   * @param inputSize the size of every image
   * @param fitted the other program's tensors, by the names that the method documents
   * @throws IllegalArgumentException if the tensors are not those of a fit, or do not fit the
   *     recipe or the weights
   */
  default AnomalyDetector adopt(
      Session session, Recipe recipe, InputSize inputSize, Map<String, StoredTensor> fitted) {
    throw new IllegalArgumentException(name() + " takes no other program's models");
  }

  /** {@return all choices of its recipes} */
  default List<Choice> allChoices() {
    return Stream.concat(Choice.COMMON.stream(), choices().stream()).toList();
  }
}
