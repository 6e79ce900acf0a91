package kintsugi.onnx;

import java.util.stream.IntStream;
import kintsugi.detector.LayerScale;
import kintsugi.engine.Border;
import kintsugi.engine.Upsampling;
import kintsugi.scoremap.ImageScore;
import kintsugi.scoremap.ScoreMaps;

/** The parts of a graph that several methods have. */
final class Parts {
  private Parts() {}

  /** The mean of every position's neighbourhood, in which zeros beyond the edge count. */
  static String localMean(Graph graph, String layer, int side) {
    return side == 1
        ? layer
        : graph.add(
            "AveragePool",
            layer,
            Graph.integers("kernel_shape", side, side),
            BackboneGraph.pads(side / 2),
            Graph.integer("count_include_pad", 1));
  }

  /**
   * The scale of a layer's vectors.
   *
   * @param layer {@code [N, C, h, w]} as the network has it
   * @param vectors what was made of it
   */
  static String scaled(Graph graph, LayerScale scale, String layer, String vectors) {
    return switch (scale) {
      case NONE -> vectors;
      case IMAGE -> {
        String mean =
            graph.add("ReduceMean", lengths(graph, layer), Graph.integers("axes", 1, 2, 3));
        yield divided(graph, vectors, mean);
      }
      case PATCH -> divided(graph, vectors, lengths(graph, vectors));
    };
  }

  private static String lengths(Graph graph, String vectors) {
    return graph.add("Sqrt", graph.sum(graph.add("Mul", vectors, vectors), 1, true));
  }

  /** A quotient; a divisor of 0 changes nothing. */
  private static String divided(Graph graph, String values, String by) {
    String zeros = graph.cast(graph.add("Not", graph.cast(by, Graph.BOOL)), Graph.FLOAT);
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

  /** The matrix of a blur along one side with its border, {@code [length, length]}. */
  private static double[] blur(ScoreMaps maps, int length) {
    float[] kernel = ScoreMaps.gaussian(maps.sigma());
    Border border = maps.border();
    double[] matrix = new double[length * length];
    for (int i = 0; i < length; i++) {
      for (int k = 0; k < kernel.length; k++) {
        matrix[i * length + border.inside(i + k - kernel.length / 2, length)] += kernel[k];
      }
    }
    return matrix;
  }

  /** Upsampling and then blur along one side, {@code [out, in]}. */
  static float[] mapSide(ScoreMaps maps, int in, int out) {
    double[] up = interpolation(maps.upsampling(), in, out);
    double[] both = maps.sigma() == 0 ? up : product(blur(maps, out), up, out, in);
    return floats(both);
  }

  private static double[] product(double[] left, double[] right, int rows, int columns) {
    double[] product = new double[rows * columns];
    for (int i = 0; i < rows; i++) {
      for (int k = 0; k < rows; k++) {
        double by = left[i * rows + k];
        for (int j = 0; by != 0 && j < columns; j++) {
          product[i * columns + j] += by * right[k * columns + j];
        }
      }
    }
    return product;
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
      Graph graph, ScoreMaps maps, String distances, int h, int w, int height, int width) {
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
  static String imageScore(Graph graph, ImageScore score, String values, int count) {
    int top = score.count(count);
    if (top == 1) {
      return graph.cast(graph.reduce("Max", values, 1, false), Graph.DOUBLE);
    }
    String taken = top == count ? values : graph.top(values, top, true).getFirst();
    return graph.reduce("Mean", graph.cast(taken, Graph.DOUBLE), 1, false);
  }
}
