package kintsugi.book;

import static kintsugi.book.Example.HEAT;
import static kintsugi.book.Example.SIGNED;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import kintsugi.detector.Scored;
import kintsugi.engine.Engine;
import kintsugi.image.TileGrid;
import kintsugi.padim.PatchEmbedding;
import kintsugi.scoremap.ScoreMaps;
import kintsugi.tensor.Tensor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** The figures of the packages' pages, of the book's cracked image. */
class PackageFiguresTest {
  private static final Path FOLDER = Path.of("docs/packages");
  private static final int SIDE = Concrete.SIDE;
  private static final int IMAGE = 31;
  private static final Concrete CRACKED = Example.TEST.get(IMAGE);

  @AfterAll
  static void release() {
    Example.release();
  }

  @Test
  void input() throws IOException {
    Tensor input = Example.PLAIN.apply(CRACKED.pixels());
    Figure figure = new Figure(800, 300, "The three channels of the network's input");
    for (int c = 0; c < 3; c++) {
      float[] mean = new float[56 * 56];
      for (int i = 0; i < SIDE * SIDE; i++) {
        mean[i / SIDE / 4 * 56 + i % SIDE / 4] += input.data()[3 * i + c] / 16;
      }
      Plot plot =
          figure
              .plot(60 + 240 * c, 36, 190, 190)
              .title(List.of("red", "green", "blue").get(c))
              .raster(mean, 56, -2, 2, SIGNED)
              .grid("column, blocks of 4 pixels", 56, c == 0 ? "row" : "", 56, 0, 28, 56);
      if (c == 2) {
        plot.scale("standard deviations", -2, 2, SIGNED);
      }
    }
    Book.figure(FOLDER, "input", figure);
  }

  @Test
  void taps() throws IOException {
    List<String> taps = List.of("layer1.1.bn2", "layer1", "layer3.1.bn2", "layer3");
    Map<String, Tensor> features = Example.features(CRACKED, Example.PLAIN, taps);
    Figure figure = new Figure(860, 220, "A channel before and after the residual's addition");
    for (int i = 0; i < taps.size(); i++) {
      int channel = strongest(features.get(taps.get(i / 2 * 2 + 1)));
      float[] values = channel(features.get(taps.get(i)), channel);
      double end =
          Math.ceil(
              Math.max(
                  greatest(channel(features.get(taps.get(i / 2 * 2)), channel)),
                  greatest(channel(features.get(taps.get(i / 2 * 2 + 1)), channel))));
      int side = features.get(taps.get(i)).dim(1);
      figure
          .plot(65 + i * 205, 34, 110, 110)
          .title(taps.get(i) + ", channel " + channel)
          .raster(values, side, -end, end, SIGNED)
          .grid("column", side, i == 0 ? "row" : "", side, 0, side)
          .scale("activation", -end, end, SIGNED);
    }
    Book.figure(FOLDER, "taps", figure);
  }

  @Test
  void embedding() throws IOException {
    int[] drawn = Example.PADIM.draw().draw(448, 1);
    PatchEmbedding embedding = new PatchEmbedding(Example.PADIM.taps(), drawn);
    Tensor embedded =
        embedding.embed(
            Example.features(CRACKED, Example.PLAIN, Example.PADIM.taps()),
            Example.kintsugi().session().parallel());
    int[] ends = {0, 64, 64 + 128, 448};
    Figure figure =
        new Figure(860, 280, "Three elements of the patch embeddings on the patch grid");
    for (int layer = 1; layer <= 3; layer++) {
      int from = ends[layer - 1];
      int to = ends[layer];
      int element =
          IntStream.range(0, drawn.length)
              .filter(e -> drawn[e] >= from && drawn[e] < to)
              .boxed()
              .max((a, b) -> Float.compare(contrast(embedded, a), contrast(embedded, b)))
              .orElseThrow();
      float[] values = channel(embedded, element);
      double end = Math.ceil(greatest(values) * 2) / 2;
      figure
          .plot(60 + 275 * (layer - 1), 36, 170, 170)
          .title("element %d, from layer%d".formatted(element, layer))
          .raster(values, 56, 0, end, HEAT)
          .grid("column of the patch grid", 56, layer == 1 ? "row" : "", 56, 0, 28, 56)
          .scale("activation", 0, end, HEAT);
    }
    Book.figure(FOLDER, "embedding", figure);
  }

  @Test
  void scoremap() throws IOException {
    Scored cracked = Example.padimOf(Example.TEST).get(IMAGE);
    ScoreMaps maps = Example.PADIM.map();
    Engine engine = Example.kintsugi().session().engine();
    float[] grid = cracked.distances().data();
    Tensor distances = Tensor.of(grid.clone(), 1, 56, 56);
    float[] upsampled = maps.upsampled(engine, distances, TileGrid.whole(SIDE, SIDE)).data();
    float[] blurred = cracked.map().data();
    int row = highest(blurred) / SIDE;
    Figure figure = new Figure(820, 330, "One row of the score map before and after the blur");
    Plot plot =
        figure
            .plot(75, 30, 720, 230)
            .across("column of the input, pixels (row " + row + ")", 0, SIDE, 0, 56, 112, 168, 224)
            .up("Mahalanobis distance", 0, 40, 0, 10, 20, 30, 40);
    double[] columns = IntStream.range(0, SIDE).mapToDouble(i -> i + 0.5).toArray();
    double[] patches = IntStream.range(0, 56).mapToDouble(i -> 4 * i + 2).toArray();
    plot.dots(patches, doubles(grid, row / 4 * 56, 56), 3.5, Figure.GREY)
        .line(columns, doubles(upsampled, row * SIDE, SIDE), Figure.BLUE, true)
        .line(columns, doubles(blurred, row * SIDE, SIDE), Figure.ORANGE, false)
        .note(4, 37, Figure.GREY, "● distances of the row's patches")
        .note(4, 34.2, Figure.BLUE, "– – upsampled")
        .note(4, 31.4, Figure.ORANGE, "— blurred, σ = 4 pixels");
    Book.figure(FOLDER, "scoremap", figure);
  }

  private static double[] doubles(float[] values, int from, int count) {
    return IntStream.range(from, from + count).mapToDouble(i -> values[i]).toArray();
  }

  private static int highest(float[] values) {
    int highest = 0;
    for (int i = 1; i < values.length; i++) {
      highest = values[i] > values[highest] ? i : highest;
    }
    return highest;
  }

  static double greatest(float[] values) {
    double greatest = 0;
    for (float value : values) {
      greatest = Math.max(greatest, Math.abs(value));
    }
    return greatest;
  }

  /** {@return a channel of the first image of a layer} */
  static float[] channel(Tensor layer, int channel) {
    int channels = layer.dim(3);
    float[] values = new float[layer.dim(1) * layer.dim(2)];
    for (int p = 0; p < values.length; p++) {
      values[p] = layer.data()[p * channels + channel];
    }
    return values;
  }

  /** How far a channel's maximum is above its mean. */
  private static float contrast(Tensor layer, int channel) {
    float[] values = channel(layer, channel);
    float sum = 0;
    float most = 0;
    for (float value : values) {
      sum += value;
      most = Math.max(most, value);
    }
    return most - sum / values.length;
  }

  static int strongest(Tensor layer) {
    return IntStream.range(0, layer.dim(3))
        .boxed()
        .max((a, b) -> Float.compare(contrast(layer, a), contrast(layer, b)))
        .orElseThrow();
  }
}
