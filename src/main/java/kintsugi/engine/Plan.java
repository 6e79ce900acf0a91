package kintsugi.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;

/**
 * Where every activation of a network lies for one picture size.
 *
 * <p>An activation is NHWC with a border of zeros as wide as its readers want, so that no window
 * needs to look where it is. Buffers of the same geometry are used again as soon as nobody reads
 * them any more; their borders stay zero, since only the inside is ever written.
 */
final class Plan {
  /** Numbers behind every buffer, so that whole vectors can be read at its end. */
  private static final int SLACK = 64;

  private final int[] picture;
  private final Map<String, Place> places = new HashMap<>();
  private final List<Integer> sizes = new ArrayList<>();

  /** An activation's geometry and the number of its buffer. */
  record Place(int buffer, int height, int width, int channels, int border) {

    /** Numbers between two rows. */
    int rowStride() {
      return (width + 2 * border) * channels;
    }

    /** Where the channels of a pixel start; up to {@code border} outside the picture is allowed. */
    int at(int y, int x) {
      return (y + border) * rowStride() + (x + border) * channels;
    }

    /** Numbers without the border. */
    int size() {
      return height * width * channels;
    }

    void copyIn(float[] from, int start, float[] buffer) {
      for (int y = 0; y < height; y++) {
        int row = width * channels;
        System.arraycopy(from, start + y * row, buffer, at(y, 0), row);
      }
    }

    void copyOut(float[] buffer, float[] to, int start) {
      for (int y = 0; y < height; y++) {
        int row = width * channels;
        System.arraycopy(buffer, at(y, 0), to, start + y * row, row);
      }
    }
  }

  /**
   * Lays out a network.
   *
   * @param picture {@code [H, W, C]} of the input
   * @param border how wide a border of zeros a convolution wants around its input
   */
  Plan(Network network, int[] picture, ToIntFunction<Step.Convolution> border) {
    this.picture = picture.clone();
    Map<String, int[]> shapes = network.shapes(picture[0], picture[1], picture[2]);
    Map<String, Integer> borders = borders(network, border);
    Map<String, Step> lastReaders = lastReaders(network);
    Map<List<Integer>, Deque<Integer>> free = new HashMap<>();
    put(Network.INPUT, shapes, borders, free);
    for (Step step : network.steps()) {
      put(step.output(), shapes, borders, free);
      for (String input : step.inputs()) {
        if (lastReaders.get(input) == step) {
          Place dead = places.get(input);
          free.computeIfAbsent(geometry(dead), key -> new ArrayDeque<>()).add(dead.buffer);
        }
      }
    }
  }

  private void put(
      String name,
      Map<String, int[]> shapes,
      Map<String, Integer> borders,
      Map<List<Integer>, Deque<Integer>> free) {
    int[] shape = shapes.get(name);
    Place place = new Place(-1, shape[0], shape[1], shape[2], borders.getOrDefault(name, 0));
    Deque<Integer> reusable = free.getOrDefault(geometry(place), new ArrayDeque<>());
    int buffer = reusable.isEmpty() ? sizes.size() : reusable.remove();
    if (buffer == sizes.size()) {
      int rows = place.height + 2 * place.border;
      sizes.add(Math.addExact(Math.multiplyExact(rows, place.rowStride()), SLACK));
    }
    places.put(name, new Place(buffer, shape[0], shape[1], shape[2], place.border));
  }

  private static List<Integer> geometry(Place place) {
    return List.of(place.height, place.width, place.channels, place.border);
  }

  private static Map<String, Integer> borders(
      Network network, ToIntFunction<Step.Convolution> border) {
    Map<String, Integer> borders = new HashMap<>();
    for (Step step : network.steps()) {
      if (step instanceof Step.Convolution c) {
        borders.merge(c.input(), border.applyAsInt(c), Math::max);
      }
    }
    return borders;
  }

  private static Map<String, Step> lastReaders(Network network) {
    Map<String, Step> readers = new HashMap<>();
    for (Step step : network.steps()) {
      step.inputs().forEach(input -> readers.put(input, step));
    }
    return readers;
  }

  boolean fits(int[] shape) {
    return Arrays.equals(picture, shape);
  }

  Place place(String name) {
    return places.get(name);
  }

  /** Buffers for one picture. */
  float[][] allocate() {
    return sizes.stream().map(float[]::new).toArray(float[][]::new);
  }
}
