package kintsugi.learn;

import java.util.List;
import kintsugi.detector.Recipe;

/**
 * Candidates that share one fit: they differ in how patch distances become an image score.
 *
 * @param fitted the recipe that is fitted
 * @param variants the candidates, all with the fit of {@code fitted}, in the order of their promise
 */
public record Family(Recipe fitted, List<Recipe> variants) {

  /** Copies the list. */
  public Family {
    variants = List.copyOf(variants);
  }
}
