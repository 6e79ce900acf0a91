package kintsugi.engine;

import java.util.List;

/** Which engine runs: the one asked for by name, or the fastest that can. */
public final class Engines {
  /** The names of the command line. */
  public static final List<String> NAMES = List.of("auto", "scalar", "vector");

  private static final String VECTOR_MODULE = "jdk.incubator.vector";

  private Engines() {}

  /**
   * An engine and why it was taken.
   *
   * @param engine what runs
   * @param reason one line for {@code info}
   * @param fallback whether a faster engine could not run; then the reason says what would help
   */
  public record Choice(Engine engine, String reason, boolean fallback) {}

  /**
   * Chooses an engine. {@code auto} falls back to the scalar engine; a name does not.
   *
   * @param name the name
   * @param parallel the threads it will use
   * @param convolutions how the vector engine does 3x3 convolutions
   * @return the engine and the reason
   * @throws IllegalArgumentException if the name is unknown or that engine cannot run here
   */
  public static Choice choose(String name, Parallel parallel, Convolutions convolutions) {
    boolean vector = canVectorise();
    return switch (name) {
      case "scalar" -> new Choice(new ScalarEngine(parallel), "asked for by name", false);
      case "vector" -> {
        if (!vector) {
          throw new IllegalArgumentException("the engine vector cannot run: " + missingModule());
        }
        yield new Choice(new VectorEngine(parallel, convolutions), "asked for by name", false);
      }
      case "auto" ->
          vector
              ? new Choice(
                  new VectorEngine(parallel, convolutions), "the fastest engine here", false)
              : new Choice(
                  new ScalarEngine(parallel), "the vector engine cannot: " + missingModule(), true);
      default ->
          throw new IllegalArgumentException(
              name + " is no engine; there are " + String.join(", ", NAMES));
    };
  }

  /**
   * Whether the vector engine can run here.
   *
   * @return whether the Vector API's module is there
   */
  public static boolean canVectorise() {
    return ModuleLayer.boot().findModule(VECTOR_MODULE).isPresent();
  }

  private static String missingModule() {
    return "this Java was started without --add-modules " + VECTOR_MODULE;
  }
}
