package kintsugi.detector;

import java.util.Comparator;
import java.util.List;
import java.util.ServiceLoader;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;

/** The methods and recipes that are there, by their names. */
public final class Methods {
  private static final List<Method> FOUND = new CopyOnWriteArrayList<>(found());

  private Methods() {}

  private static List<Method> found() {
    // This class's own loader, since the thread's may see only the application's classes.
    return ServiceLoader.load(Method.class, Method.class.getClassLoader()).stream()
        .map(ServiceLoader.Provider::get)
        .toList();
  }

  /** Adds a method that the service loader cannot find, or replaces the one of its name. */
  static void add(Method method) {
    remove(method.name());
    FOUND.add(method);
  }

  /** Removes a method, if it is there. */
  static void remove(String name) {
    FOUND.removeIf(method -> method.name().equals(name));
  }

  /** {@return all methods, by name} */
  public static List<Method> all() {
    return FOUND.stream().sorted(Comparator.comparing(Method::name)).toList();
  }

  /**
   * {@return the method of a name}
   *
   * @param name such as {@code padim}
   * @throws IllegalArgumentException if there is none of this name
   */
  public static Method named(String name) {
    return all().stream()
        .filter(method -> method.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "there is no method " + name + "; there are " + names(all())));
  }

  private static String names(List<Method> methods) {
    return methods.stream().map(Method::name).collect(Collectors.joining(", "));
  }

  /** {@return all recipes, method by method} */
  public static List<Recipe> recipes() {
    return all().stream().flatMap(method -> method.recipes().stream()).toList();
  }

  /**
   * {@return a recipe by its name, or a method's default by the method's}
   *
   * @param name such as {@code padim/paper} or {@code padim}
   * @throws IllegalArgumentException if there is none of this name
   */
  public static Recipe recipe(String name) {
    for (Method method : all()) {
      if (method.name().equals(name)) {
        return method.recipes().getFirst();
      }
    }
    return recipes().stream()
        .filter(recipe -> recipe.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "there is no recipe "
                        + name
                        + "; there are "
                        + recipes().stream().map(Recipe::name).collect(Collectors.joining(", "))));
  }
}
