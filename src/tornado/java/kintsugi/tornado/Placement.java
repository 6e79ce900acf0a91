package kintsugi.tornado;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import kintsugi.engine.Layer;
import kintsugi.engine.Network;

/**
 * The buffer plan of a network on a device: which array holds which activation. An array is reused
 * for an activation of its size after the last read; taps are read after the last layer.
 */
final class Placement {
  private final Map<String, Integer> places = new HashMap<>();
  private final List<Integer> sizes = new ArrayList<>();
  private final Map<Integer, Deque<Integer>> unused = new HashMap<>();

  /**
   * Places all activations.
   *
   * @param shapes {@code [H, W, C]} of each
   */
  Placement(Network network, Map<String, int[]> shapes) {
    Map<String, Layer> lastReaders = new HashMap<>();
    for (Layer layer : network.layers()) {
      layer.inputs().forEach(input -> lastReaders.put(input, layer));
    }
    lastReaders.keySet().removeAll(network.taps());
    place(Network.INPUT, shapes);
    for (Layer layer : network.layers()) {
      place(layer.output(), shapes);
      for (String input : layer.inputs()) {
        if (lastReaders.remove(input, layer)) {
          int place = places.get(input);
          unused.computeIfAbsent(sizes.get(place), size -> new ArrayDeque<>()).add(place);
        }
      }
    }
  }

  private void place(String name, Map<String, int[]> shapes) {
    int[] shape = shapes.get(name);
    int size = Math.multiplyExact(Math.multiplyExact(shape[0], shape[1]), shape[2]);
    Deque<Integer> free = unused.getOrDefault(size, new ArrayDeque<>());
    if (free.isEmpty()) {
      free.add(sizes.size());
      sizes.add(size);
    }
    places.put(name, free.remove());
  }

  /** The index of the array that holds an activation. */
  int place(String name) {
    return places.get(name);
  }

  /** For each array its elements per image. */
  List<Integer> sizes() {
    return sizes;
  }
}
