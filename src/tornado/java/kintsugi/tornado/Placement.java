package kintsugi.tornado;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import kintsugi.engine.Network;
import kintsugi.engine.Step;

/**
 * Which array holds which activation of a network. An array is used again for an activation of its
 * size as soon as nobody reads what is in it; a tap is read when all is done.
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
    Map<String, Step> lastReaders = new HashMap<>();
    for (Step step : network.steps()) {
      step.inputs().forEach(input -> lastReaders.put(input, step));
    }
    lastReaders.keySet().removeAll(network.taps());
    place(Network.INPUT, shapes);
    for (Step step : network.steps()) {
      place(step.output(), shapes);
      for (String input : step.inputs()) {
        if (lastReaders.remove(input, step)) {
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

  /** The number of the array in which an activation lies. */
  int place(String name) {
    return places.get(name);
  }

  /** For each array how many numbers of a picture it holds. */
  List<Integer> sizes() {
    return sizes;
  }
}
