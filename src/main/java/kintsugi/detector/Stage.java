package kintsugi.detector;

import java.util.List;
import kintsugi.tensor.Tensor;

/**
 * The result of one step of scoring, and where it came from.
 *
 * @param name of the step
 * @param formula that it follows
 * @param source the code that computed it, {@code package.Class#method}
 * @param recomputed whether the value was computed again for show, from what scoring keeps
 * @param time that the step took
 * @param kind how to draw the value
 * @param unit of the value, 1 for a pure number
 * @param value the result
 * @param notes what a reader should know of the value, in sentences
 */
public record Stage(
    String name,
    String formula,
    String source,
    boolean recomputed,
    Time time,
    Kind kind,
    String unit,
    Tensor value,
    List<String> notes) {

  /** The ways to draw a value. */
  public enum Kind {
    /** {@code [H, W, C]}, a tile per channel. */
    CHANNELS,

    /** {@code [H, W]}, one value per position. */
    GRID,

    /** {@code [N]}, a line of bars. */
    VECTOR,

    /** {@code [N]}, values above zero in descending order, on a logarithmic axis. */
    SPECTRUM,

    /** {@code [N, N]}. */
    MATRIX,

    /** A single value. */
    NUMBER
  }

  /**
   * How long a step took.
   *
   * @param millis the median of the last runs; 0 where the step is a part of another
   * @param runs how many these are
   * @param before how many runs came before, while Java was still compiling
   * @param steady whether the medians had become steady
   */
  public record Time(double millis, int runs, int before, boolean steady) {
    /** That of a part of another step. */
    public static final Time NONE = new Time(0, 0, 0, true);
  }

  /** Copies the notes. */
  public Stage {
    notes = List.copyOf(notes);
  }

  /**
   * {@return a value that scoring itself computed or holds}
   *
   * @param name of the step
   * @param formula that it follows
   * @param source the code that computed it
   * @param kind how to draw the value
   * @param unit of the value
   * @param value the result
   */
  public static Stage of(
      String name, String formula, String source, Kind kind, String unit, Tensor value) {
    return new Stage(name, formula, source, false, Time.NONE, kind, unit, value, List.of());
  }

  /**
   * {@return a value that was computed again for show}
   *
   * @param name of the step
   * @param formula that it follows
   * @param source the code that computed it again
   * @param kind how to draw the value
   * @param unit of the value
   * @param value the result
   */
  public static Stage recomputed(
      String name, String formula, String source, Kind kind, String unit, Tensor value) {
    return new Stage(name, formula, source, true, Time.NONE, kind, unit, value, List.of());
  }

  /**
   * {@return the same with notes}
   *
   * @param sentences what a reader should know of the value
   */
  public Stage noting(List<String> sentences) {
    return new Stage(name, formula, source, recomputed, time, kind, unit, value, sentences);
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
