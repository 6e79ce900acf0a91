package kintsugi.engine;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * An immutable list of steps and the names of the activations to hand out.
 *
 * @param steps in the order in which they run; nothing that the taps do not need
 * @param taps what {@link Engine.Runner#run} returns
 */
public record Network(List<Step> steps, List<String> taps) {
  /** The name under which the first step finds the pictures. */
  public static final String INPUT = "input";

  /**
   * Drops every step that no tap needs.
   *
   * @throws IllegalArgumentException if a tap or an input is written by no step before it
   */
  public Network {
    taps = List.copyOf(taps);
    Set<String> wanted = new HashSet<>(taps);
    List<Step> needed = new ArrayList<>();
    for (Step step : steps.reversed()) {
      if (wanted.remove(step.output())) {
        wanted.addAll(step.inputs());
        needed.addFirst(step);
      }
    }
    wanted.remove(INPUT);
    if (!wanted.isEmpty()) {
      throw new IllegalArgumentException("no step writes " + wanted);
    }
    steps = List.copyOf(needed);
  }

  /**
   * {@return the shape {@code [H, W, C]} of every activation}
   *
   * @param height rows
   * @param width columns
   * @param channels of the picture
   * @throws IllegalArgumentException if the picture is too small or has other channels
   */
  public Map<String, int[]> shapes(int height, int width, int channels) {
    Map<String, int[]> shapes = new HashMap<>();
    shapes.put(INPUT, new int[] {height, width, channels});
    for (Step step : steps) {
      shapes.put(step.output(), step.shape(shapes.get(step.inputs().getFirst())));
    }
    return shapes;
  }
}
