package kintsugi.padim;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import kintsugi.detector.LocalMean;
import kintsugi.engine.Parallel;
import kintsugi.tensor.Tensor;

/**
 * The patch embedding of PaDiM: the layers' features side by side on the first layer's grid, and of
 * those a fixed selection of channels (Defard et al., <i>PaDiM</i>, section III-A).
 *
 * <p>Coarser layers are upsampled to their nearest neighbour; channels that are not selected are
 * never copied.
 *
 * @param taps the layers, finest first
 * @param channels the selected indices into the concatenated channels, in their order; an index may
 *     come twice
 * @param layers what becomes of each layer before its channels are selected
 */
public record PatchEmbedding(List<String> taps, int[] channels, PadimRecipe.Layers layers) {

  /**
   * An embedding of layers as they are.
   *
   * @param taps the layers, finest first
   * @param channels the selected indices
   */
  public PatchEmbedding(List<String> taps, int[] channels) {
    this(taps, channels, PadimRecipe.Layers.AS_THEY_ARE);
  }

  /** {@return elements of one patch embedding, {@code D}} */
  public int dimension() {
    return channels.length;
  }

  /**
   * The embeddings of a batch.
   *
   * @param features {@code [N, h, w, c]} of each feature layer
   * @param parallel the threads
   * @return {@code [N, H, W, D]} on the grid of the first layer
   * @throws IllegalArgumentException if a channel lies beyond the layers' channels
   */
  public Tensor embed(Map<String, Tensor> features, Parallel parallel) {
    List<Selection> selections = selections(prepared(features, parallel));
    Tensor finest = features.get(taps.getFirst());
    int height = finest.dim(1);
    Tensor patches = Tensor.zeros(finest.dim(0), height, finest.dim(2), dimension());
    parallel.forEach(
        finest.dim(0) * height,
        row -> selections.forEach(s -> s.copyRow(row / height, row % height, patches)));
    return patches;
  }

  private Map<String, Tensor> prepared(Map<String, Tensor> features, Parallel parallel) {
    if (layers.equals(PadimRecipe.Layers.AS_THEY_ARE)) {
      return features;
    }
    Map<String, Tensor> prepared = new LinkedHashMap<>();
    for (String tap : taps) {
      Tensor layer = features.get(tap);
      Tensor local = LocalMean.of(layer, layers.neighbourhood(), parallel);
      layers.scale().apply(layer, local, parallel);
      prepared.put(tap, local);
    }
    return prepared;
  }

  private List<Selection> selections(Map<String, Tensor> features) {
    List<Selection> selections = new ArrayList<>();
    int first = 0;
    for (String tap : taps) {
      Tensor layer = features.get(tap);
      int from = first;
      int end = first + layer.dim(3);
      int[] places =
          IntStream.range(0, channels.length)
              .filter(d -> channels[d] >= from && channels[d] < end)
              .toArray();
      int[] own = IntStream.of(places).map(d -> channels[d] - from).toArray();
      selections.add(new Selection(layer, own, places));
      first = end;
    }
    if (selections.stream().mapToInt(s -> s.places.length).sum() != dimension()) {
      throw new IllegalArgumentException("a selected channel is beyond all " + first);
    }
    return selections;
  }

  /**
   * The selected channels of one layer.
   *
   * @param channels the layer's own channels
   * @param places the place of each in the embedding
   */
  private record Selection(Tensor layer, int[] channels, int[] places) {

    void copyRow(int n, int y, Tensor patches) {
      int height = patches.dim(1);
      int width = patches.dim(2);
      int sourceRow = (n * layer.dim(1) + nearest(y, layer.dim(1), height)) * layer.dim(2);
      for (int x = 0; x < width; x++) {
        int from = (sourceRow + nearest(x, layer.dim(2), width)) * layer.dim(3);
        int to = ((n * height + y) * width + x) * patches.dim(3);
        for (int i = 0; i < channels.length; i++) {
          patches.data()[to + places[i]] = layer.data()[from + channels[i]];
        }
      }
    }

    /** {@code ⌊i · in / out⌋}, torch's nearest neighbour. */
    private static int nearest(int i, int in, int out) {
      return (int) ((long) i * in / out);
    }
  }
}
