package kintsugi.book;

import static kintsugi.book.Example.HEAT;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import kintsugi.backbone.ResNet;
import kintsugi.engine.Filter;
import kintsugi.engine.Layer;
import kintsugi.engine.Network;
import kintsugi.engine.Parallel;
import kintsugi.engine.scalar.ScalarEngine;
import kintsugi.tensor.Tensor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The figures and the table of part IV: ResNet-18 at an input of 224x224. */
class ResNetFiguresTest {
  private static final List<String> TAPS = List.of("stem", "layer1", "layer2", "layer3");
  private static final int SIDE = Concrete.SIDE;
  private static final Concrete IMAGE = Example.TEST.get(31);

  /**
   * What one position of a layer sees.
   *
   * @param stride the distance of two positions in pixels
   * @param field rows and columns of the receptive field
   * @param first the middle of position 0, in pixels
   */
  private record Seen(int stride, int field, double first) {
    Seen through(int window, int step, int padding) {
      return new Seen(
          stride * step,
          field + (window - 1) * stride,
          first + ((window - 1) / 2.0 - padding) * stride);
    }

    /** Whether the field of a position has a pixel in it. */
    boolean holds(int y, int x, int row, int column) {
      double dy = Math.abs(first + y * stride - row);
      double dx = Math.abs(first + x * stride - column);
      return Math.max(dx, dy) <= (field - 1) / 2.0;
    }
  }

  /** The program's own list of layers, down to the one that names the thing in a photograph. */
  private static final Network NETWORK =
      ResNet.network(ResNet.randomWeights(1), List.of("layer3", "layer4", "fc"));

  private static final Map<String, int[]> SHAPES = NETWORK.shapes(SIDE, SIDE, 3);

  private static Map<String, Seen> seen() {
    Map<String, Seen> seen = new LinkedHashMap<>();
    seen.put(Network.INPUT, new Seen(1, 1, 0));
    for (Layer layer : NETWORK.layers()) {
      Seen in = seen.get(layer.inputs().getFirst());
      Seen out =
          switch (layer) {
            case Layer.Convolution c -> in.through(c.filter().height(), c.stride(), c.padding());
            case Layer.MaxPool pool -> in.through(pool.size(), pool.stride(), pool.padding());
            case Layer.AddRelu add -> in;
            case Layer.GlobalAverage average -> in.through(SHAPES.get(average.input())[0], 1, 0);
          };
      seen.put(layer.output(), out);
    }
    return seen;
  }

  @AfterAll
  static void release() {
    Example.release();
  }

  @Test
  void layers() throws IOException {
    Map<String, Seen> seen = seen();
    StringBuilder rows =
        new StringBuilder(
            """
            | layer | window, stride | output H x W x C | weights | multiplications, million | stride to the input, pixels | receptive field, pixels |
            |---|---|---|---|---|---|---|
            """);
    for (Layer layer : NETWORK.layers()) {
      int[] shape = SHAPES.get(layer.output());
      String window = "";
      String weights = "–";
      String products = "–";
      if (layer instanceof Layer.Convolution c) {
        window = c.filter().height() + "x" + c.filter().width() + ", " + c.stride();
        weights = Integer.toString(c.filter().weight().size());
        long work = (long) shape[0] * shape[1] * c.filter().weight().size();
        products = work < 1e6 ? "%.1f".formatted(work / 1e6) : "" + Math.round(work / 1e6);
      } else if (layer instanceof Layer.MaxPool pool) {
        window = "maximum of " + pool.size() + "x" + pool.size() + ", " + pool.stride();
      } else if (layer instanceof Layer.GlobalAverage average) {
        int side = SHAPES.get(average.input())[0];
        window = "mean of " + side + "x" + side;
      }
      Seen at = seen.get(layer.output());
      rows.append(
          "| `%s` | %s | %d x %d x %d | %s | %s | %d | %d |\n"
              .formatted(
                  layer.output(),
                  window,
                  shape[0],
                  shape[1],
                  shape[2],
                  weights,
                  products,
                  at.stride,
                  at.field));
    }
    Book.table("4-resnet", "layers", rows.toString());
  }

  @Test
  void fields() throws IOException {
    Figure figure = new Figure(560, 560, "Receptive fields of one position on an image");
    Plot plot =
        figure
            .plot(70, 20, 460, 460)
            .raster(IMAGE.grey(112), 112, 40, 230, Example.GREYS)
            .grid("column of the input, pixels", 224, "row", 224, 0, 56, 112, 168, 224);
    Map<String, Seen> seen = seen();
    String[] colours = {"#56b4e9", "#f0e442", "#e69f00", "#cc79a7"};
    for (int i = 0; i < 4; i++) {
      Seen at = seen.get(TAPS.get(i));
      int position = 112 / at.stride;
      double middle = at.first + position * at.stride + 0.5;
      double reach = at.field / 2.0;
      plot.box(
          Math.max(0, middle - reach),
          Math.max(0, middle - reach),
          Math.min(224, middle + reach),
          Math.min(224, middle + reach),
          colours[i],
          i == 0 ? "" : TAPS.get(i) + ": " + at.field);
    }
    Book.figure("resnet-fields", figure);
  }

  /** The list of the table begins with the layers that run with ImageNet's weights. */
  @Test
  void theLayersAreThoseThatRun() {
    List<String> run =
        ResNet.network(Example.kintsugi().session().weights(), TAPS).layers().stream()
            .map(Layer::output)
            .toList();
    assertThat(NETWORK.layers().stream().map(Layer::output).toList().subList(0, run.size()))
        .isEqualTo(run);
  }

  /**
   * In the program's network with positive weights and no bias, the only pixel that is not zero
   * reaches exactly the positions whose receptive fields hold it.
   */
  @ParameterizedTest
  @ValueSource(ints = {0, 101, 118, 223})
  void onePixelReachesTheFieldsThatHoldIt(int pixel) {
    List<Layer> layers =
        NETWORK.layers().stream()
            .map(layer -> layer instanceof Layer.Convolution c ? positive(c) : layer)
            .takeWhile(layer -> !(layer instanceof Layer.GlobalAverage))
            .toList();
    List<String> taps = List.of("stem", "layer1", "layer2", "layer3", "layer4");
    Tensor input = Tensor.zeros(1, SIDE, SIDE, 3);
    int row = pixel;
    int column = SIDE - 1 - pixel / 2;
    input.data()[(row * SIDE + column) * 3] = 1;
    Map<String, Tensor> reached = run(new Network(layers, taps), input);
    Map<String, Seen> seen = seen();
    for (String tap : taps) {
      Tensor layer = reached.get(tap);
      int side = layer.dim(1);
      for (int position = 0; position < side * side; position++) {
        boolean inside = seen.get(tap).holds(position / side, position % side, row, column);
        assertThat(layer.data()[position] > 0).as(tap + " at " + position).isEqualTo(inside);
      }
    }
  }

  private static Map<String, Tensor> run(Network network, Tensor input) {
    try (Parallel parallel = new Parallel(1)) {
      return new ScalarEngine(parallel).prepare(network).run(input);
    }
  }

  /**
   * A convolution with the same window that takes the mean of one channel, of the image of three.
   */
  private static Layer positive(Layer.Convolution c) {
    int inputs = c.input().equals(Network.INPUT) ? 3 : 1;
    Tensor weight = Tensor.zeros(c.filter().height(), c.filter().width(), inputs, 1);
    Arrays.fill(weight.data(), 1f / weight.size());
    return new Layer.Convolution(
        c.output(),
        c.input(),
        c.residual(),
        new Filter(weight, Tensor.zeros(1)),
        c.stride(),
        c.padding(),
        c.relu());
  }

  /** With ImageNet's weights a changed pixel changes nothing outside of these fields. */
  @Test
  void receptiveFieldsAreWhatTheNetworkSees() {
    Map<String, Seen> seen = seen();
    Tensor input = Example.PLAIN.apply(IMAGE.pixels());
    Map<String, Tensor> before = run(input);
    Tensor changed = Tensor.of(input.data().clone(), input.shape());
    int row = 101;
    int column = 118;
    for (int c = 0; c < 3; c++) {
      changed.data()[(row * 224 + column) * 3 + c] += 40;
    }
    Map<String, Tensor> after = run(changed);
    for (String tap : TAPS) {
      Seen at = seen.get(tap);
      int side = before.get(tap).dim(1);
      int reached = 0;
      for (int position = 0; position < side * side; position++) {
        boolean inside = at.holds(position / side, position % side, row, column);
        boolean differs = differs(before.get(tap), after.get(tap), position);
        assertThat(inside || !differs).as(tap + " at " + position).isTrue();
        reached += differs ? 1 : 0;
      }
      assertThat(reached).as(tap).isPositive();
    }
  }

  private static Map<String, Tensor> run(Tensor input) {
    return Example.kintsugi().session().backbone(TAPS).run(input);
  }

  private static boolean differs(Tensor a, Tensor b, int position) {
    int channels = a.dim(3);
    for (int c = 0; c < channels; c++) {
      if (a.data()[position * channels + c] != b.data()[position * channels + c]) {
        return true;
      }
    }
    return false;
  }

  @Test
  void channels() throws IOException {
    Map<String, Tensor> features = run(Example.PLAIN.apply(IMAGE.pixels()));
    Figure figure = new Figure(820, 440, "Channels of four layers for one image");
    String[] taps = {"stem", "layer1", "layer2", "layer3"};
    for (int i = 0; i < 8; i++) {
      Tensor layer = features.get(taps[i / 2]);
      int side = layer.dim(1);
      int channel = strongest(layer, i % 2);
      float[] values = new float[side * side];
      float high = 0;
      for (int p = 0; p < values.length; p++) {
        values[p] = layer.data()[p * layer.dim(3) + channel];
        high = Math.max(high, values[p]);
      }
      double end = Math.ceil(high * 2) / 2;
      figure
          .plot(45 + i / 2 * 195, 34 + i % 2 * 200, 110, 110)
          .title(taps[i / 2] + ", channel " + channel)
          .raster(values, side, 0, end, HEAT)
          .grid("column", side, "", side, 0, side)
          .scale("activation", 0, end, HEAT);
    }
    Book.figure("resnet-channels", figure);
  }

  /** The channel whose maximum exceeds its mean the most, or the next one. */
  private static int strongest(Tensor layer, int rank) {
    int channels = layer.dim(3);
    int positions = layer.size() / channels;
    return IntStream.range(0, channels)
        .boxed()
        .sorted(
            Comparator.comparingDouble(
                (Integer c) -> {
                  double sum = 0;
                  double most = 0;
                  for (int p = 0; p < positions; p++) {
                    double value = layer.data()[p * channels + c];
                    sum += value;
                    most = Math.max(most, value);
                  }
                  return sum / positions - most;
                }))
        .skip(rank)
        .findFirst()
        .orElseThrow();
  }
}
