package kintsugi.audit;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import kintsugi.tensor.Tensor;

/** The stages of a dump that one method adds to those that every method has. */
interface MethodStages {

  /** The method's ways to embed patches, compared with the dump's {@code embedding}. */
  List<Against.Variant> embedding(Map<String, Tensor> features);

  /** The stages of a fit that the dump has, in their order. */
  List<Against.Stage> fit();

  /** The distances, where the dump has the result of a fit of this method. */
  Optional<Against.Stage> distances();

  /** The method's ways to an image score, compared with the dump's {@code score}. */
  List<Against.Variant> score();
}
