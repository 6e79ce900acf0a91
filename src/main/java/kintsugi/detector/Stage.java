package kintsugi.detector;

import kintsugi.tensor.Tensor;

/**
 * The result of one step of scoring, and where it came from.
 *
 * @param name of the step
 * @param formula that it follows
 * @param source the code that computed it, {@code package.Class#method}
 * @param recomputed whether the value was computed again for show, from what scoring keeps
 * @param millis that the step took; 0 where it is a part of another step
 * @param kind how to draw the value
 * @param value the result
 */
public record Stage(
    String name,
    String formula,
    String source,
    boolean recomputed,
    double millis,
    Kind kind,
    Tensor value) {

  /** The ways to draw a value. */
  public enum Kind {
    /** {@code [H, W, C]}, a tile per channel. */
    CHANNELS,

    /** {@code [H, W]}, one value per position. */
    GRID,

    /** {@code [N]}, a line of bars. */
    VECTOR,

    /** {@code [N, N]}. */
    MATRIX,

    /** A single value. */
    NUMBER
  }

  /**
   * {@return a value that scoring itself computed or holds}
   *
   * @param name of the step
   * @param formula that it follows
   * @param source the code that computed it
   * @param kind how to draw the value
   * @param value the result
   */
  public static Stage of(String name, String formula, String source, Kind kind, Tensor value) {
    return new Stage(name, formula, source, false, 0, kind, value);
  }

  /**
   * {@return a value that was computed again for show}
   *
   * @param name of the step
   * @param formula that it follows
   * @param source the code that computed it again
   * @param kind how to draw the value
   * @param value the result
   */
  public static Stage recomputed(
      String name, String formula, String source, Kind kind, Tensor value) {
    return new Stage(name, formula, source, true, 0, kind, value);
  }

  /**
   * {@return the name of a method of an object's own class, as {@link #source} has it}
   *
   * @param object what ran
   * @param method its method
   */
  public static String source(Object object, String method) {
    Class<?> type = object.getClass();
    while (type.isAnonymousClass() || type.isHidden() || type.isMemberClass()) {
      type = type.getNestHost() == type ? type.getSuperclass() : type.getNestHost();
    }
    return type.getName().replaceFirst("^kintsugi\\.", "") + "#" + method;
  }
}
