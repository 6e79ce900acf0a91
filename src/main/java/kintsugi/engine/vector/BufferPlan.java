package kintsugi.engine.vector;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;
import kintsugi.engine.Layer;
import kintsugi.engine.Network;

/**
 * The buffer plan of a network for one image size: which buffer holds which activation.
 *
 * <p>An activation is NHWC, padded with as many zeros as its readers need, so that no window has to
 * test where it is. A buffer is reused for an activation of the same geometry after its last read;
 * its padding stays zero, since only the inside is ever written.
 */
final class BufferPlan {
  /** Elements behind every buffer, so that whole vectors can be read at its end. */
  private static final int SLACK = 64;

  private final int[] image;
  private final Map<String, Place> places = new HashMap<>();
  private final List<Integer> sizes = new ArrayList<>();

  /** An activation's buffer and geometry. */
  record Place(int buffer, int height, int width, int channels, int padding) {

    /** Elements from one row to the next. */
    int rowStride() {
      return (width + 2 * padding) * channels;
    }

    /** Where the channels of a pixel start; the pixel may lie in the padding. */
    int at(int y, int x) {
      return (y + padding) * rowStride() + (x + padding) * channels;
    }

    /** Elements without the padding. */
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
   * Plans a network.
   *
   * @param image {@code [H, W, C]} of the input
   * @param padding the zeros that a convolution needs on each side of its input
   * @param fused activations that get no buffer, since the layer that writes one and the next
   *     layer, which alone reads it, are computed together
   */
  BufferPlan(
      Network network, int[] image, ToIntFunction<Layer.Convolution> padding, Set<String> fused) {
    this.image = image.clone();
    Map<String, int[]> shapes = network.shapes(image[0], image[1], image[2]);
    Map<String, Integer> paddings = paddings(network, padding);
    Map<String, Layer> lastReaders = lastReaders(network);
    Map<List<Integer>, Deque<Integer>> free = new HashMap<>();
    put(Network.INPUT, shapes, paddings, free);
    List<String> dead = new ArrayList<>();
    for (Layer layer : network.layers()) {
      layer.inputs().stream()
          .filter(input -> lastReaders.get(input) == layer && !fused.contains(input))
          .forEach(dead::add);
      if (fused.contains(layer.output())) {
        continue;
      }
      put(layer.output(), shapes, paddings, free);
      for (String input : dead) {
        Place place = places.get(input);
        free.computeIfAbsent(geometry(place), key -> new ArrayDeque<>()).add(place.buffer);
      }
      dead.clear();
    }
  }

  private void put(
      String name,
      Map<String, int[]> shapes,
      Map<String, Integer> paddings,
      Map<List<Integer>, Deque<Integer>> free) {
    int[] shape = shapes.get(name);
    Place place = new Place(-1, shape[0], shape[1], shape[2], paddings.getOrDefault(name, 0));
    Deque<Integer> reusable = free.getOrDefault(geometry(place), new ArrayDeque<>());
    int buffer = reusable.isEmpty() ? sizes.size() : reusable.remove();
    if (buffer == sizes.size()) {
      int rows = place.height + 2 * place.padding;
      sizes.add(Math.addExact(Math.multiplyExact(rows, place.rowStride()), SLACK));
    }
    places.put(name, new Place(buffer, shape[0], shape[1], shape[2], place.padding));
  }

  private static List<Integer> geometry(Place place) {
    return List.of(place.height, place.width, place.channels, place.padding);
  }

  private static Map<String, Integer> paddings(
      Network network, ToIntFunction<Layer.Convolution> padding) {
    Map<String, Integer> paddings = new HashMap<>();
    for (Layer layer : network.layers()) {
      if (layer instanceof Layer.Convolution c) {
        paddings.merge(c.input(), padding.applyAsInt(c), Math::max);
      }
    }
    return paddings;
  }

  private static Map<String, Layer> lastReaders(Network network) {
    Map<String, Layer> readers = new HashMap<>();
    for (Layer layer : network.layers()) {
      layer.inputs().forEach(input -> readers.put(input, layer));
    }
    return readers;
  }

  boolean fits(int[] shape) {
    return Arrays.equals(image, shape);
  }

  Place place(String name) {
    return places.get(name);
  }

  /** Allocates the buffers for one image. */
  float[][] allocate() {
    return sizes.stream().map(float[]::new).toArray(float[][]::new);
  }

  /**
   * Allocates the buffers for one more image, which has those that the given layers touch for
   * itself and the rest in common with another.
   *
   * @param other the other image's
   * @param layers the layers that run for both images before either is done
   */
  float[][] allocateLike(float[][] other, List<Layer> layers) {
    float[][] buffers = other.clone();
    for (Layer layer : layers) {
      Stream.concat(layer.inputs().stream(), Stream.of(layer.output()))
          .filter(places::containsKey)
          .mapToInt(name -> places.get(name).buffer)
          .filter(buffer -> buffers[buffer] == other[buffer])
          .forEach(buffer -> buffers[buffer] = new float[sizes.get(buffer)]);
    }
    return buffers;
  }
}
