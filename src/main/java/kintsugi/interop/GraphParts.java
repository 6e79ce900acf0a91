package kintsugi.interop;

import java.util.stream.IntStream;
import kintsugi.detector.LayerScale;
import kintsugi.engine.Upsampling;
import kintsugi.scoremap.ImageScore;
import kintsugi.scoremap.ScoreMaps;

/** The parts of a graph that several methods have. */
final class GraphParts {
  private GraphParts() {}

  /** The mean of every position's neighbourhood, in which zeros beyond the edge count. */
  static String localMean(ExportGraph graph, String layer, int side) {
    return side == 1
        ? layer
        : graph.add(
            "AveragePool",
            layer,
            ExportGraph.integers("kernel_shape", side, side),
            BackboneGraph.pads(side / 2),
            ExportGraph.integer("count_include_pad", 1));
  }

  /**
   * The scale of a layer's vectors.
   *
   * @param layer {@code [N, C, h, w]} as the network has it
   * @param vectors what was made of it
   */
  static String scaled(ExportGraph graph, LayerScale scale, String layer, String vectors) {
    return switch (scale) {
      case NONE -> vectors;
      case IMAGE -> {
        String mean =
            graph.add("ReduceMean", lengths(graph, layer), ExportGraph.integers("axes", 1, 2, 3));
        yield divided(graph, vectors, mean);
      }
      case PATCH -> divided(graph, vectors, lengths(graph, vectors));
    };
  }

  private static String lengths(ExportGraph graph, String vectors) {
    return graph.add("Sqrt", graph.sum(graph.add("Mul", vectors, vectors), 1, true));
  }

  /** A quotient; a divisor of 0 changes nothing. */
  private static String divided(ExportGraph graph, String values, String by) {
    String zeros =
        graph.cast(graph.add("Not", graph.cast(by, ExportGraph.BOOL)), ExportGraph.FLOAT);
    return graph.add("Div", values, graph.add("Add", by, zeros));
  }

  /** The matrix of an interpolation along one side, {@code [out, in]}. */
  static double[] interpolation(Upsampling how, int in, int out) {
    Upsampling.Line line = how.line(in, out);
    double[] matrix = new double[out * in];
    for (int i = 0; i < out; i++) {
      for (int k = 0; k < line.index()[i].length; k++) {
        matrix[i * in + line.index()[i][k]] += line.weight()[i][k];
      }
    }
    return matrix;
  }

  /** Upsampling and then blur along one side, {@code [out, in]}. */
  static float[] mapSide(ScoreMaps maps, int in, int out) {
    double[] up = interpolation(maps.upsampling(), in, out);
    return floats(maps.sigma() == 0 ? up : blurred(maps, up, in, out));
  }

  /** The blur of every column, with its border. */
  private static double[] blurred(ScoreMaps maps, double[] columns, int in, int out) {
    float[] kernel = ScoreMaps.gaussian(maps.sigma());
    double[] blurred = new double[out * in];
    for (int i = 0; i < out; i++) {
      for (int k = 0; k < kernel.length; k++) {
        int row = maps.border().inside(i + k - kernel.length / 2, out);
        for (int j = 0; j < in; j++) {
          blurred[i * in + j] += kernel[k] * columns[row * in + j];
        }
      }
    }
    return blurred;
  }

  static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    IntStream.range(0, values.length).forEach(i -> floats[i] = (float) values[i]);
    return floats;
  }

  /**
   * The score map: both steps are linear and each side's own, so that a matrix for the rows and one
   * for the columns are all of them.
   *
   * @param distances {@code [N, h, w]}
   * @return {@code [N, height, width]}
   */
  static String map(
      ExportGraph graph, ScoreMaps maps, String distances, int h, int w, int height, int width) {
    graph.group("map");
    String rows = graph.floats("rows", mapSide(maps, h, height), height, h);
    String columns = graph.floats("columns", mapSide(maps, w, width), width, w);
    String wide = graph.add("MatMul", distances, graph.transpose(columns, 1, 0));
    return graph.add("MatMul", rows, wide);
  }

  /**
   * One value of many.
   *
   * @param values {@code F32 [N, count]}
   * @return {@code F64 [N]}
   */
  static String imageScore(ExportGraph graph, ImageScore score, String values, int count) {
    int top = score.count(count);
    if (top == 1) {
      return graph.cast(graph.reduce("Max", values, 1, false), ExportGraph.DOUBLE);
    }
    String taken = top == count ? values : graph.top(values, top, true).getFirst();
    return graph.reduce("Mean", graph.cast(taken, ExportGraph.DOUBLE), 1, false);
  }
}
