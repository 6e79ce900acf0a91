package kintsugi.interop;

import java.util.List;
import kintsugi.InputException;
import kintsugi.detector.InputSize;
import kintsugi.image.Interpolation;
import kintsugi.image.Preprocessing;
import kintsugi.image.TargetSize;

/**
 * The way from pixels to the network's input, with the bits of {@link kintsugi.image.Resize}: each
 * side's filter becomes a matrix of fixed-point weights, computed in the graph in fp64 from the
 * image's size, so that an image of any size is resized by two matrix products, each rounded to 8
 * bits. All products and sums are integers below 2^53 and hence exact.
 */
final class PixelGraph {
  /** 32 bits minus 8 of the pixel and 2 of headroom, as {@link kintsugi.image.Resize} has it. */
  private static final double ONE = 1 << 22;

  private static final float[] MEAN = {0.485f, 0.456f, 0.406f};
  private static final float[] STD = {0.229f, 0.224f, 0.225f};

  private final ExportGraph graph;
  private final Preprocessing preprocessing;
  private final InputSize size;

  PixelGraph(ExportGraph graph, Preprocessing preprocessing, InputSize size) {
    this.graph = graph.group("pixels");
    this.preprocessing = preprocessing;
    this.size = size;
  }

  /**
   * Adds the nodes.
   *
   * @param images {@code U8 [N, H, W, 3]}
   * @return {@code F32 [N, 3, h, w]}
   */
  String add(String images) {
    String shape = graph.add("Shape", images);
    String height = graph.gather(shape, graph.index("height", 1), 0);
    String width = graph.gather(shape, graph.index("width", 2), 0);
    String planes = graph.transpose(images, 0, 3, 1, 2);
    String resized =
        preprocessing.resize() instanceof TargetSize.Same
            ? cropped(planes, height, width)
            : resized(planes, height, width);
    return normalised(resized);
  }

  private String cropped(String planes, String height, String width) {
    String rows = graph.gather(planes, positions(height, height, size.height(), "rows"), 2);
    String both = graph.gather(rows, positions(width, width, size.width(), "columns"), 3);
    return graph.cast(both, ExportGraph.FLOAT);
  }

  /** Columns first, then rows, as Pillow does. */
  private String resized(String planes, String height, String width) {
    String wantedWidth = target(width, height, true);
    String wantedHeight = target(height, width, false);
    String across = weights(width, wantedWidth, size.width(), "columns");
    String down = weights(height, wantedHeight, size.height(), "rows");
    String values = graph.cast(planes, ExportGraph.DOUBLE);
    String wide = resized(graph.add("MatMul", values, graph.transpose(across, 1, 0)));
    return graph.cast(resized(graph.add("MatMul", down, wide)), ExportGraph.FLOAT);
  }

  /** The length of a side after the resize, an integer. */
  private String target(String own, String other, boolean across) {
    return switch (preprocessing.resize()) {
      case TargetSize.Exact exact ->
          graph.index(
              across ? "resized_width" : "resized_height", across ? exact.width() : exact.height());
      case TargetSize.ShorterSide side -> {
        String name = across ? "shorter_width" : "shorter_height";
        String shorter = graph.index(name, side.length());
        String longer = graph.add("Div", graph.add("Mul", shorter, own), other);
        yield graph.add("Where", List.of(graph.add("LessOrEqual", own, other), shorter, longer));
      }
      case TargetSize.Scaled scaled -> {
        String name = across ? "width" : "height";
        String product =
            graph.add(
                "Mul",
                graph.cast(own, ExportGraph.DOUBLE),
                graph.scalar("scale_of_" + name, scaled.factor()));
        String up =
            graph.add("Ceil", graph.add("Sub", product, graph.scalar("rounding_of_" + name, 1e-9)));
        String atLeast = graph.add("Max", up, graph.scalar("minimum_of_" + name, 1));
        yield graph.cast(atLeast, ExportGraph.INT64);
      }
      default -> throw refused("resize", preprocessing.resize());
    };
  }

  private static InputException refused(String choice, TargetSize size) {
    return new InputException(
        choice
            + " "
            + size
            + " cannot be exported to ONNX; fit with one size for all images (resize), or export"
            + " for images of any size (any-size)");
  }

  /**
   * The pixels of the resized side that the crop keeps, {@code I64 [n]}. A side that does not have
   * them makes the runtime fail at a node whose name says why.
   */
  private String positions(String own, String resized, int count, String axis) {
    String zero = graph.index("first_of_" + axis, 0);
    String all = graph.add("Range", List.of(zero, resized, graph.index("step_of_" + axis, 1)));
    String kept = all;
    if (preprocessing.crop() instanceof TargetSize.Exact) {
      String room = graph.add("Sub", resized, graph.index("crop_of_" + axis, count));
      String half =
          graph.add(
              "Mul", graph.cast(room, ExportGraph.DOUBLE), graph.scalar("half_of_" + axis, 0.5));
      String first = graph.reshape(graph.cast(graph.add("Round", half), ExportGraph.INT64), 1);
      String end = graph.add("Add", first, graph.vector("count_of_" + axis, count));
      kept = graph.add("Slice", List.of(all, first, end));
    } else if (!(preprocessing.crop() instanceof TargetSize.Same)) {
      throw refused("crop", preprocessing.crop());
    }
    String name = "images_must_get_" + count + "_" + axis;
    return graph
        .add("Reshape", List.of(kept, graph.vector("input_" + axis, count)), List.of(name))
        .getFirst();
  }

  /**
   * The matrix of a side's filter, {@code F64 [n, length]} with integers of {@value #ONE} for 1, or
   * fractions where the interpolation does not round: the steps of {@code Resize}, each in its
   * order.
   *
   * @param length of the side before, I64
   * @param resized of the side after, I64
   * @param count of the pixels that the crop keeps
   */
  private String weights(String length, String resized, int count, String axis) {
    Interpolation filter = preprocessing.interpolation();
    String positions = positions(length, resized, count, axis);
    graph.group("pixels/" + axis);
    String in = graph.cast(length, ExportGraph.DOUBLE);
    String half = graph.scalar("half", 0.5);
    String one = graph.scalar("one", 1);
    String scale = graph.add("Div", in, graph.cast(resized, ExportGraph.DOUBLE));
    String stretch = filter.isAntialiased() ? graph.add("Max", scale, one) : one;
    double reach = filter == Interpolation.BICUBIC ? 2 : 1;
    String support = graph.add("Mul", graph.scalar("support", reach), stretch);
    String row = graph.reshape(graph.cast(positions, ExportGraph.DOUBLE), count, 1);
    String centre = graph.add("Mul", graph.add("Add", row, half), scale);
    String low = graph.add("Add", graph.add("Sub", centre, support), half);
    String high = graph.add("Add", graph.add("Add", centre, support), half);
    String start = graph.add("Max", graph.add("Floor", low), graph.scalar("zero", 0));
    String end = graph.add("Min", graph.add("Floor", high), in);
    String source =
        graph.cast(
            graph.add("Range", List.of(graph.index("first", 0), length, graph.index("step", 1))),
            ExportGraph.DOUBLE);
    String away = graph.add("Add", graph.add("Sub", source, centre), half);
    String distance = graph.add("Abs", graph.add("Mul", away, graph.add("Div", one, stretch)));
    String inside =
        graph.add(
            "And", graph.add("GreaterOrEqual", source, start), graph.add("Less", source, end));
    String exact =
        graph.add("Mul", kernel(filter, distance, one), graph.cast(inside, ExportGraph.DOUBLE));
    String parts = graph.add("Div", exact, graph.sum(exact, 1, true));
    if (!filter.isRounded()) {
      graph.group("pixels");
      return parts;
    }
    String fixed = graph.add("Mul", parts, graph.scalar("fixed_point", ONE));
    String nearest = graph.add("Floor", graph.add("Add", graph.add("Abs", fixed), half));
    String weights = graph.add("Mul", graph.add("Sign", fixed), nearest);
    graph.group("pixels");
    return weights;
  }

  /** The filter's weight at distances of 0 or above. */
  private String kernel(Interpolation filter, String x, String one) {
    if (filter != Interpolation.BICUBIC) {
      return graph.add("Max", graph.add("Sub", one, x), graph.scalar("kernel_zero", 0));
    }
    // Keys' cubic with a = -1/2, in the order in which Interpolation evaluates it.
    double a = -0.5;
    String inner = graph.add("Mul", graph.scalar("a2", a + 2), x);
    inner = graph.add("Sub", inner, graph.scalar("a3", a + 3));
    inner = graph.add("Mul", graph.add("Mul", inner, x), x);
    inner = graph.add("Add", inner, one);
    String outer = graph.add("Sub", x, graph.scalar("five", 5));
    outer = graph.add("Add", graph.add("Mul", outer, x), graph.scalar("eight", 8));
    outer = graph.add("Sub", graph.add("Mul", outer, x), graph.scalar("four", 4));
    outer = graph.add("Mul", outer, graph.scalar("a", a));
    String near = graph.cast(graph.add("Less", x, one), ExportGraph.DOUBLE);
    String within = graph.cast(graph.add("Less", x, graph.scalar("two", 2)), ExportGraph.DOUBLE);
    String far = graph.add("Sub", within, near);
    return graph.add("Add", graph.add("Mul", inner, near), graph.add("Mul", outer, far));
  }

  /** Sums of a pass, as 8-bit values where the interpolation rounds. */
  private String resized(String sums) {
    return preprocessing.interpolation().isRounded() ? rounded(sums) : sums;
  }

  /** Fixed-point sums as 8-bit values. */
  private String rounded(String sums) {
    String at = sums.substring(sums.lastIndexOf('.') + 1);
    String moved = graph.add("Add", sums, graph.scalar("rounding." + at, ONE / 2));
    String value = graph.add("Floor", graph.add("Mul", moved, graph.scalar("unit." + at, 1 / ONE)));
    String above = graph.add("Max", value, graph.scalar("black." + at, 0));
    return graph.add("Min", above, graph.scalar("white." + at, 255));
  }

  /** {@code (value / 255 − mean) / std} in fp32, as {@link Preprocessing#normalised} has it. */
  private String normalised(String values) {
    String unit = graph.add("Div", values, graph.floats("most", new float[] {255}));
    String centred = graph.add("Sub", unit, graph.floats("mean", MEAN, 1, 3, 1, 1));
    return graph.add("Div", centred, graph.floats("std", STD, 1, 3, 1, 1));
  }
}
