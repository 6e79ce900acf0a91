package kintsugi.engine;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * An immutable list of layers and the names of the activations to hand out, the taps.
 *
 * @param layers in the order in which they run; none that the taps do not need
 * @param taps the activations that {@link Engine.Runner#run} returns
 */
public record Network(List<Layer> layers, List<String> taps) {
  /** The name under which the first layer finds the images. */
  public static final String INPUT = "input";

  /**
   * Drops every layer that no tap needs.
   *
   * @throws IllegalArgumentException if no layer writes a tap, or an input before it is read
   */
  public Network {
    taps = List.copyOf(taps);
    Set<String> wanted = new HashSet<>(taps);
    List<Layer> needed = new ArrayList<>();
    for (Layer layer : layers.reversed()) {
      if (wanted.remove(layer.output())) {
        wanted.addAll(layer.inputs());
        needed.addFirst(layer);
      }
    }
    wanted.remove(INPUT);
    if (!wanted.isEmpty()) {
      throw new IllegalArgumentException("no layer writes " + wanted);
    }
    layers = List.copyOf(needed);
  }

  /**
   * {@return the shape {@code [H, W, C]} of every activation}
   *
   * @param height rows of the images
   * @param width columns of the images
   * @param channels channels of the images
   * @throws IllegalArgumentException if the images are too small or have other channels
   */
  public Map<String, int[]> shapes(int height, int width, int channels) {
    Map<String, int[]> shapes = new HashMap<>();
    shapes.put(INPUT, new int[] {height, width, channels});
    for (Layer layer : layers) {
      shapes.put(layer.output(), layer.shape(shapes.get(layer.inputs().getFirst())));
    }
    return shapes;
  }
}
