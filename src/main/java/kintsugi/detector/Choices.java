package kintsugi.detector;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import kintsugi.image.TargetSize;

/** The choices of a recipe by their names: read, changed, and read from old files. */
public final class Choices {
  private static final String NAME = "name";

  /** Places of choices that files of earlier releases lack, with the values of those releases. */
  private static final Map<String, String> LATER =
      Map.of(
          "preprocessing.bit_depth", "file",
          "preprocessing.color_profile", "keep",
          "preprocessing.tiling.side", "none",
          "preprocessing.tiling.overlap", "auto",
          "layers.neighbourhood", "1",
          "layers.scale", "none",
          "neighbourhood.scale", "none",
          "covariance.window", "1",
          "coreset.candidates", "all");

  private Choices() {}

  /**
   * {@return the values of all choices by their names, and first the recipe's own name}
   *
   * @param recipe any recipe
   */
  public static Map<String, Object> of(Recipe recipe) {
    return of(recipe, Methods.named(recipe.method()));
  }

  static Map<String, Object> of(Recipe recipe, Method method) {
    Map<String, Object> tree = tree(recipe);
    Map<String, Object> values = new LinkedHashMap<>();
    values.put(NAME, recipe.name());
    for (Choice choice : method.allChoices()) {
      Object value = holder(tree, choice).get(choice.path().getLast());
      values.put(choice.name(), value == null ? choice.absent() : value);
    }
    return values;
  }

  private static Map<String, Object> tree(Recipe recipe) {
    return RecordJson.tree((Record) recipe);
  }

  /** The map that holds a choice's value. */
  @SuppressWarnings("unchecked")
  private static Map<String, Object> holder(Map<String, Object> tree, Choice choice) {
    Map<String, Object> holder = tree;
    for (String component : choice.path().subList(0, choice.path().size() - 1)) {
      holder = (Map<String, Object>) holder.get(component);
    }
    return holder;
  }

  /**
   * {@return whether a choice is a yes or a no}
   *
   * @param recipe that has the choice
   * @param choice one of its choices
   */
  public static boolean isFlag(Recipe recipe, Choice choice) {
    Map<String, Object> tree = tree(recipe);
    return holder(tree, choice).get(choice.path().getLast()) instanceof Boolean;
  }

  /**
   * {@return the recipe with some choices changed; its name gets a star where that differs}
   *
   * @param recipe any recipe
   * @param changes values by the choices' names: as a person writes them, or as {@link #of} has
   *     them
   * @throws IllegalArgumentException if the recipe has no such choice, or a value is not one of its
   *     values
   */
  public static Recipe with(Recipe recipe, Map<String, ?> changes) {
    return with(recipe, Methods.named(recipe.method()), changes);
  }

  static Recipe with(Recipe recipe, Method method, Map<String, ?> changes) {
    Recipe changed = changed(recipe, method, changes);
    if (changed.equals(recipe)) {
      return recipe;
    }
    Map<String, Object> tree = tree(changed);
    tree.put(NAME, recipe.name().endsWith("*") ? recipe.name() : recipe.name() + "*");
    return recipe(tree, recipe.getClass());
  }

  /**
   * {@return the same recipe, under the same name, with the size that its rule has led to}
   *
   * @param recipe with a rule, such as {@link TargetSize.Auto}
   * @param size that follows from the images
   */
  public static Recipe resized(Recipe recipe, TargetSize size) {
    Method method = Methods.named(recipe.method());
    return with(recipe, method, required(method, "resize"), size.toString());
  }

  /** All changes at once, since one may be wrong without another. */
  private static Recipe changed(Recipe recipe, Method method, Map<String, ?> changes) {
    Map<Choice, Object> wanted = new LinkedHashMap<>();
    changes.forEach((name, value) -> wanted.put(required(method, name), value));
    Map<String, Object> tree = tree(recipe);
    wanted.forEach((choice, value) -> set(tree, choice, value));
    try {
      return recipe(tree, recipe.getClass());
    } catch (IllegalArgumentException e) {
      // One by one they name the choice that is wrong.
      Recipe changed = recipe;
      for (Map.Entry<Choice, Object> change : wanted.entrySet()) {
        changed = with(changed, method, change.getKey(), change.getValue());
      }
      throw e;
    }
  }

  private static Choice required(Method method, String name) {
    return find(method, name)
        .orElseThrow(() -> new IllegalArgumentException(method.name() + " has no choice " + name));
  }

  private static Recipe with(Recipe recipe, Method method, Choice choice, Object value) {
    Map<String, Object> tree = tree(recipe);
    set(tree, choice, value);
    try {
      return recipe(tree, recipe.getClass());
    } catch (IllegalArgumentException e) {
      if (isOfAnother(method, choice, e.getMessage())) {
        throw e;
      }
      String message = message(choice, e.getMessage());
      boolean named = message.contains(String.valueOf(value));
      throw new IllegalArgumentException(named ? message : message + ", not " + value, e);
    }
  }

  /** Whether a failure names another choice, which this one's value does not go with. */
  private static boolean isOfAnother(Method method, Choice choice, String failure) {
    String name = failure.split(":", 2)[0];
    return !name.equals(choice.name())
        && !name.equals(choice.path().getLast())
        && find(method, name).isPresent();
  }

  /** A failure by the choice's own name, which differs from the recipe's component. */
  private static String message(Choice choice, String failure) {
    if (failure.startsWith(choice.name() + ":")) {
      return failure;
    }
    String message = failure.replaceFirst("^" + choice.path().getLast() + ": ", "");
    String values = choice.absent().isEmpty() ? "" : "; write " + choice.values();
    return choice.name() + ": " + message + values;
  }

  private static Optional<Choice> find(Method method, String name) {
    return method.allChoices().stream().filter(choice -> choice.name().equals(name)).findFirst();
  }

  private static void set(Map<String, Object> tree, Choice choice, Object value) {
    Map<String, Object> holder = holder(tree, choice);
    String component = choice.path().getLast();
    String text = String.valueOf(value);
    if (choice.isAbsent(text)) {
      holder.put(component, null);
    } else if (holder.get(component) instanceof List && value instanceof String) {
      holder.put(component, List.of(text.split(",", -1)));
    } else {
      holder.put(component, value instanceof Integer number ? (Object) number.longValue() : value);
    }
  }

  private static Recipe recipe(Map<String, Object> tree, Class<? extends Recipe> type) {
    return (Recipe) RecordJson.record(tree, type.asSubclass(Record.class));
  }

  /** The method's choices that earlier files lack, with the values that they had. */
  private static Map<Choice, String> later(Method method) {
    Map<Choice, String> later = new LinkedHashMap<>();
    for (Choice choice : method.allChoices()) {
      String value = LATER.get(String.join(".", choice.path()));
      if (value != null) {
        later.put(choice, value);
      }
    }
    return later;
  }

  /** The recipe that a file holds. */
  static Recipe read(Method method, String json) {
    Map<String, Object> tree = RecordJson.object(json);
    later(method).forEach((choice, value) -> setIfAbsent(tree, choice, value));
    return recipe(tree, method.recipes().getFirst().getClass());
  }

  /** A record that the file lacks as a whole is filled value by value. */
  @SuppressWarnings("unchecked")
  private static void setIfAbsent(Map<String, Object> tree, Choice choice, String value) {
    Object holder = tree.computeIfAbsent(choice.path().getFirst(), absent -> new LinkedHashMap<>());
    for (String component : choice.path().subList(1, choice.path().size() - 1)) {
      holder =
          holder instanceof Map<?, ?> map
              ? ((Map<String, Object>) map)
                  .computeIfAbsent(component, name -> new LinkedHashMap<>())
              : null;
    }
    if (holder instanceof Map<?, ?> map && !map.containsKey(choice.path().getLast())) {
      set(tree, choice, value);
    }
  }

  /** The recipe that a file of format 2 holds: all choices by their names, not nested. */
  static Recipe readFlat(Method method, String json) {
    Map<String, Object> flat = RecordJson.object(json);
    Recipe first = method.recipes().getFirst();
    Map<String, Object> tree = tree(first);
    tree.put(NAME, flat.get(NAME));
    later(method).forEach((choice, value) -> set(tree, choice, value));
    flat.forEach((name, value) -> find(method, name).ifPresent(c -> set(tree, c, value)));
    return recipe(tree, first.getClass());
  }

  /**
   * {@return a choice's name as options and messages write it}
   *
   * @param choice any choice
   */
  public static String kebab(Choice choice) {
    return choice.name().replace('_', '-');
  }
}
