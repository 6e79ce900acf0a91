package kintsugi.embedding;

import java.util.List;
import java.util.Map;
import kintsugi.engine.Parallel;
import kintsugi.tensor.Tensor;

/**
 * PaDiM's patch embedding: the layers' features side by side on the first layer's grid, and of
 * those a fixed selection of channels (Defard et al., <i>PaDiM</i>, section III-A).
 *
 * <p>Coarser layers are upsampled to their nearest neighbour; what is not selected is never copied.
 *
 * @param taps the layers, finest first
 * @param channels the selected indices into the concatenated channels, in their order; an index may
 *     come twice
 */
public record PatchEmbedding(List<String> taps, int[] channels) {

  /** Numbers of one patch. */
  public int dimension() {
    return channels.length;
  }

  /**
   * The embeddings of a batch.
   *
   * @param features {@code [N, h, w, c]} for each tap
   * @return {@code [N, H, W, D]} on the grid of the first tap
   * @throws IllegalArgumentException if a channel lies beyond the taps' channels
   */
  public Tensor embed(Map<String, Tensor> features, Parallel parallel) {
    Tensor finest = features.get(taps.getFirst());
    int count = finest.dim(0);
    int height = finest.dim(1);
    int width = finest.dim(2);
    Tensor patches = Tensor.zeros(count, height, width, dimension());
    parallel.forEach(
        count * height,
        row -> {
          int from = 0;
          int selected = 0;
          for (String tap : taps) {
            Tensor layer = features.get(tap);
            selected += copyRow(layer, from, row / height, row % height, patches);
            from += layer.dim(3);
          }
          if (selected != dimension()) {
            throw new IllegalArgumentException("a selected channel is beyond all " + from);
          }
        });
    return patches;
  }

  /** Copies one layer's selected channels along one row; returns how many were selected. */
  private int copyRow(Tensor layer, int firstChannel, int n, int y, Tensor patches) {
    int height = patches.dim(1);
    int width = patches.dim(2);
    int sourceRow = (n * layer.dim(1) + nearest(y, layer.dim(1), height)) * layer.dim(2);
    int selected = 0;
    for (int d = 0; d < channels.length; d++) {
      int channel = channels[d] - firstChannel;
      if (channel < 0 || channel >= layer.dim(3)) {
        continue;
      }
      selected++;
      for (int x = 0; x < width; x++) {
        int from = (sourceRow + nearest(x, layer.dim(2), width)) * layer.dim(3) + channel;
        patches.data()[((n * height + y) * width + x) * channels.length + d] = layer.data()[from];
      }
    }
    return selected;
  }

  /** {@code ⌊i · in / out⌋}, torch's nearest neighbour. */
  private static int nearest(int i, int in, int out) {
    return (int) ((long) i * in / out);
  }
}
