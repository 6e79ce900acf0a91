package kintsugi.detector;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.DoubleStream;
import kintsugi.tensor.Tensor;

/**
 * The steps of a detector's scoring, one by one, for a trace and for explanations: the code that
 * runs, its formula, and the parts that a patch's score consists of.
 */
public interface Inspector {

  /**
   * The patch embeddings.
   *
   * @param features {@code [N·k, h, w, C]} of each feature layer
   * @return {@code [N·k, h, w, D]}
   */
  Tensor embed(Map<String, Tensor> features);

  /**
   * The patches' anomaly scores.
   *
   * @param patches {@code [N·k, h, w, D]}
   * @param tiles which {@code k} tiles of each of the {@code N} images these are
   * @return {@code [N·k, h, w]}
   */
  Tensor distances(Tensor patches, TileRange tiles);

  /** {@return the formula of {@link #embed} and the code that computes it} */
  Step embedding();

  /** {@return the formula of {@link #distances} and the code that computes it} */
  Step distance();

  /** {@return the formula of the image score and the code that computes it} */
  Step imageScore();

  /**
   * The values behind one patch's anomaly score.
   *
   * @param patch the embedding, {@code [D]}
   * @param position of the patch grid, row by row; the grids of an image's tiles stand one below
   *     the other
   * @return the values
   */
  Inspection inspect(float[] patch, int position);

  /**
   * The contribution of each element of a patch embedding to the patch's squared distance.
   *
   * @param patch the embedding, {@code [D]}
   * @param position of the patch grid, row by row
   * @return the contributions
   */
  Contributions contributions(float[] patch, int position);

  /**
   * {@return the training patches nearest to a patch, nearest first; none of a method that keeps
   * none}
   *
   * @param patch the embedding, {@code [D]}
   * @param count how many at most
   */
  default List<Neighbour> nearest(float[] patch, int count) {
    return List.of();
  }

  /**
   * A training patch near a patch.
   *
   * @param bankRow its row of the memory bank
   * @param distance between the embeddings
   * @param origin the place that it was taken from
   */
  record Neighbour(int bankRow, double distance, Origin origin) {}

  /**
   * A step of scoring.
   *
   * @param formula that it follows
   * @param source the code that computes it: {@code package.Class#method}
   * @param unit of its result, 1 for a pure number
   */
  record Step(String formula, String source, String unit) {
    /** The unit of what the network computes. */
    public static final String ACTIVATION = "activation";

    /**
     * A step whose result has the network's unit.
     *
     * @param formula that it follows
     * @param source the code that computes it: {@code package.Class#method}
     */
    public Step(String formula, String source) {
      this(formula, source, ACTIVATION);
    }
  }

  /**
   * The values behind one patch's anomaly score.
   *
   * @param stages in the order of the computation
   * @param tensors under the names that {@code audit} compares by
   */
  record Inspection(List<Stage> stages, Map<String, Tensor> tensors) {}

  /**
   * The contributions of a patch embedding's elements to the squared distance.
   *
   * @param values one per element; one may be negative
   * @param channels for each element its channel, counted through all layers
   * @param layers how many channels each layer has, in their order
   */
  record Contributions(double[] values, int[] channels, Map<String, Integer> layers) {

    /**
     * {@return each channel once, with its fraction of the squared distance, in the channels'
     * order; a channel that was drawn twice has the sum of both}
     */
    public List<Explanation.Channel> fractions() {
      double sum = DoubleStream.of(values).sum();
      Map<Integer, Double> byChannel = new TreeMap<>();
      for (int i = 0; i < values.length; i++) {
        byChannel.merge(channels[i], values[i] / sum, Double::sum);
      }
      return byChannel.entrySet().stream()
          .map(entry -> channel(entry.getKey(), entry.getValue()))
          .toList();
    }

    private Explanation.Channel channel(int index, double fraction) {
      int channel = index;
      for (Map.Entry<String, Integer> layer : layers.entrySet()) {
        if (channel < layer.getValue()) {
          return new Explanation.Channel(layer.getKey(), channel, fraction);
        }
        channel -= layer.getValue();
      }
      throw new IllegalStateException("channel " + index + " is beyond all layers");
    }
  }
}
