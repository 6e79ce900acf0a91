package kintsugi.spark;

import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.Map;
import kintsugi.detector.Choices;
import kintsugi.detector.Methods;
import kintsugi.detector.Recipe;
import kintsugi.image.TargetSize;

/**
 * A recipe on its way to the workers.
 *
 * @param version the published version that it comes from
 * @param choices the values of all choices
 * @param size that follows from the images; null where the choices have it
 */
record RecipeText(String version, LinkedHashMap<String, Object> choices, String size)
    implements Serializable {

  static RecipeText of(Recipe recipe) {
    LinkedHashMap<String, Object> choices = new LinkedHashMap<>(Choices.of(recipe));
    choices.remove("name");
    return new RecipeText(recipe.name().replace("*", ""), choices, null);
  }

  /** The same with a size that a rule has led to, which does not change the recipe's name. */
  RecipeText sized(TargetSize found) {
    return new RecipeText(version, choices, found.toString());
  }

  Recipe recipe() {
    Recipe recipe = Choices.with(Methods.recipe(version), Map.copyOf(choices));
    return size == null ? recipe : Choices.resized(recipe, TargetSize.parse(size));
  }
}
