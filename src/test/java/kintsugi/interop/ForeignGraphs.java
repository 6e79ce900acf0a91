package kintsugi.interop;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import kintsugi.detector.Model;
import kintsugi.scoremap.ScoreMaps;
import kintsugi.weights.StoredTensor;
import kintsugi.weights.Weights;

/**
 * anomalib's exports to ONNX of models that were fitted here, node for node as torch's exporter
 * writes them, whose changes of shape are left out in part.
 */
final class ForeignGraphs {
  private static final String NETWORK = "/model/feature_extractor/feature_extractor/";
  private static final Map<String, Object> NONE = Map.of();
  private static final Map<String, Object> ALONG = Map.of("axis", 1, "keepdims", 0);
  private static final List<Integer> THREE = List.of(3, 3);
  private static final List<Integer> ONE = List.of(1, 1);

  private final GraphWriter graph = new GraphWriter();
  private final int release;
  private final Map<String, String> ends = new LinkedHashMap<>();

  private ForeignGraphs(int release) {
    this.release = release;
  }

  /** A PaDiM: resized to 32x32 without a crop. */
  static GraphWriter padim(Model model, int release) {
    Map<String, Object> tensors = ForeignFiles.tensors(model);
    StoredTensor mean = (StoredTensor) tensors.get("gaussian.mean");
    StoredTensor inverse = (StoredTensor) tensors.get("gaussian.inv_covariance");
    int[] channels = model.detector().tensors().get("channels").ints();
    ForeignGraphs export = new ForeignGraphs(release);
    String features = export.network(ForeignFiles.weights(), 0);
    export.padim(features, model.recipe().taps(), channels, mean, inverse);
    return export.graph;
  }

  /** A PatchCore: resized to 40x36 and cropped to 32x32, or without a crop. */
  static GraphWriter patchcore(Model model, int release, int neighbours, int parts, int crop) {
    ForeignGraphs export = new ForeignGraphs(release);
    export.network(ForeignFiles.weights(), crop);
    StoredTensor bank = model.detector().tensors().get("memory_bank");
    export.patchcore(model.recipe().taps(), bank, neighbours, parts);
    return export.graph;
  }

  /** The smallest of each kind: a network of one or two channels and random values. */
  static GraphWriter tiny(boolean padim) {
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    ForeignFiles.weights()
        .tensors()
        .forEach(
            (name, tensor) -> {
              long[] shape = StoredTensor.of(tensor).shape().clone();
              int count = 1;
              for (int i = 0; i < shape.length; i++) {
                shape[i] = i == 1 && name.equals("conv1.weight") ? 3 : shape[i] < 64 ? shape[i] : 2;
                count *= (int) shape[i];
              }
              tensors.put(name, random(count, shape));
            });
    ForeignGraphs export = new ForeignGraphs(padim ? 1 : 2);
    String features = export.network(Weights.of("tiny", tensors), 0);
    if (padim) {
      int[] channels = {0, 3};
      export.padim(
          features,
          List.of("layer1", "layer2"),
          channels,
          random(128, 2, 64),
          random(256, 64, 2, 2));
    } else {
      export.patchcore(List.of("layer1", "layer2"), random(12, 3, 4), 3, 1);
    }
    return export.graph;
  }

  private static StoredTensor random(int count, long... shape) {
    Random random = new Random(count);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = random.nextFloat();
    }
    return StoredTensor.of(values, shape);
  }

  private String number(String name, double value) {
    return graph.floats(name, new float[] {(float) value});
  }

  /** A size from that of another value, as the exporter writes it. */
  private String size(String name, String of, long height, long width) {
    String shape = graph.add("Shape", name + "/Shape", NONE, of);
    String first =
        graph.add(
            "Slice",
            name + "/Slice",
            NONE,
            shape,
            graph.integers(name + ".from", 0),
            graph.integers(name + ".to", 2));
    String last = graph.integers(name + ".size", height, width);
    return graph.add("Concat", name + "/Concat", Map.of("axis", 0), first, last);
  }

  /** Lets a resize take height and width of another value. */
  static void sizedAs(GraphWriter graph, String resize, String value) {
    String path = resize + "/of/";
    List<String> sides = new ArrayList<>();
    for (int i = 2; i < 4; i++) {
      String shape = graph.add("Shape", path + i + "/Shape", NONE, value);
      String side =
          graph.add(
              "Gather", path + i, Map.of("axis", 0), shape, graph.integers(path + "at" + i, i));
      sides.add(graph.add("Unsqueeze", path + i + "/Unsqueeze", NONE, side));
    }
    String both =
        graph.add("Concat", path + "Concat", Map.of("axis", 0), sides.toArray(String[]::new));
    graph.change(resize + "/Concat", step -> step.with(1, both));
  }

  private static Map<String, Object> resize(boolean linear) {
    return Map.of(
        "coordinate_transformation_mode",
        linear ? "half_pixel" : "asymmetric",
        "mode",
        linear ? "linear" : "nearest",
        "nearest_mode",
        "floor");
  }

  private String resize(String name, boolean linear, String value, long height, long width) {
    return graph.add(
        "Resize", name, resize(linear), value, "", "", size(name, value, height, width));
  }

  private String network(Weights weights, int crop) {
    String value = graph.add("Reshape", "/transform/Reshape", NONE, "input", "");
    value = resize("/transform/Resize", true, value, crop > 0 ? 36 : 32, crop > 0 ? 40 : 32);
    if (crop > 0) {
      value = slice("/transform/Slice_1", value, (36 - crop) / 2, crop, 2);
      value = slice("/transform/Slice_2", value, (40 - crop) / 2, crop, 3);
    }
    float[] mean = {0.485f, 0.456f, 0.406f};
    float[] std = {0.229f, 0.224f, 0.225f};
    value = graph.add("Sub", "/transform/Sub", NONE, value, graph.floats("means", mean, 3, 1, 1));
    value = graph.add("Div", "/transform/Div", NONE, value, graph.floats("stds", std, 3, 1, 1));
    value = graph.add("Cast", "/transform/Cast", Map.of("to", 1), value);
    value = relu(NETWORK + "act1", conv(weights, "conv1", 2, value));
    value =
        graph.add(
            "MaxPool",
            NETWORK + "maxpool/MaxPool",
            Map.of(
                "ceil_mode",
                0,
                "kernel_shape",
                THREE,
                "pads",
                List.of(1, 1, 1, 1),
                "strides",
                List.of(2, 2)),
            value);
    for (int layer = 1; layer <= 2; layer++) {
      for (int block = 0; block < 2; block++) {
        value = block(weights, "layer" + layer + "." + block, layer > 1 && block == 0, value);
      }
      ends.put("layer" + layer, value);
    }
    return value;
  }

  private String slice(String name, String value, long from, long count, long axis) {
    return graph.add(
        "Slice",
        name,
        NONE,
        value,
        graph.integers(name + ".from", from),
        graph.integers(name + ".to", from + count),
        graph.integers(name + ".axis", axis),
        graph.integers(name + ".step", 1));
  }

  private String block(Weights weights, String name, boolean halving, String value) {
    String path = NETWORK + name.substring(0, 6) + "/" + name;
    String first = relu(path + "/act1", conv(weights, name + ".conv1", halving ? 2 : 1, value));
    String second = conv(weights, name + ".conv2", 1, first);
    String other = halving ? conv(weights, name + ".downsample.0", 2, value) : value;
    return relu(path + "/act2", graph.add("Add", path + "/Add", NONE, second, other));
  }

  private String relu(String path, String value) {
    return graph.add("Relu", path + "/Relu", NONE, value);
  }

  /** A convolution with its batch norm folded into it, whose tensors have numbers for names. */
  private String conv(Weights weights, String name, int stride, String value) {
    StoredTensor filter = StoredTensor.of(weights.tensors().get(name + ".weight"));
    StoredTensor bias = StoredTensor.of(weights.tensors().get(name + ".bias"));
    int pad = (int) filter.shape()[2] / 2;
    Map<String, Object> attributes =
        Map.of(
            "dilations",
            ONE,
            "group",
            1,
            "pads",
            List.of(pad, pad, pad, pad),
            "strides",
            List.of(stride, stride));
    String path =
        name.startsWith("layer")
            ? name.substring(0, 6)
                + "/"
                + name.substring(0, 8)
                + "/"
                + name.substring(9).replace("downsample", "downsample/downsample")
            : name;
    return graph.add(
        "Conv",
        NETWORK + path + "/Conv",
        attributes,
        value,
        graph.floats("onnx::" + name, filter.floats(), filter.shape()),
        graph.floats("onnx::" + name + "b", bias.floats(), bias.shape()));
  }

  private void padim(
      String last, List<String> taps, int[] channels, StoredTensor mean, StoredTensor inverse) {
    String value = taps.size() == 1 ? ends.get(taps.getFirst()) : ends.get("layer1");
    if (taps.size() > 1) {
      String resized = resize("/model/Resize", false, last, 8, 8);
      value = graph.add("Concat", "/model/Concat", Map.of("axis", 1), value, resized);
    }
    long[] wide = Arrays.stream(channels).asLongStream().toArray();
    String model = "/model/map/";
    value =
        graph.add("Gather", "/model/Gather", Map.of("axis", 1), value, graph.integers("idx", wide));
    value =
        graph.add(
            "Sub", model + "Sub", NONE, value, graph.floats("mean", mean.floats(), mean.shape()));
    String turned =
        graph.add("Transpose", model + "Transpose", Map.of("perm", List.of(2, 0, 1)), value);
    String inverses = graph.floats("inverse", inverse.floats(), inverse.shape());
    value = graph.add("MatMul", model + "MatMul", NONE, turned, inverses);
    value = graph.add("Mul", model + "Mul", NONE, value, turned);
    value =
        graph.add(
            "ReduceSum", model + "ReduceSum", Map.of("keepdims", 0), value, integer("axis", 2));
    value = graph.add("Transpose", model + "Transpose_1", Map.of("perm", List.of(1, 0)), value);
    value = graph.add("Sqrt", model + "Sqrt", NONE, clip(model + "Clip", value));
    String map = map(value, true);
    if (release == 2) {
      Map<String, Object> both = Map.of("axes", List.of(-2, -1), "keepdims", 0);
      shown(graph.add("ReduceMax", "/model/ReduceMax", both, map), map);
    }
  }

  private String integer(String name, long value) {
    return graph.integers(name, value);
  }

  private String clip(String name, String value) {
    return graph.add("Clip", name, NONE, value, number(name + ".least", 0), "");
  }

  private String map(String value, boolean linear) {
    String path = "/model/map/";
    String map = resize(path + "Resize", linear, value, 32, 32);
    map = graph.add("Pad", path + "Pad", Map.of("mode", "reflect"), map, amounts(path + "blur/"));
    float[] line = ScoreMaps.gaussian(4);
    float[] kernel = new float[line.length * line.length];
    for (int i = 0; i < kernel.length; i++) {
      kernel[i] = line[i / line.length] * line[i % line.length];
    }
    String blur = graph.floats("kernel", kernel, 1, 1, line.length, line.length);
    return graph.add("Conv", path + "Conv", Map.of("group", 1), map, blur);
  }

  /** torch's list of a pad's amounts, from the last dimension on, in the order of ONNX. */
  private String amounts(String path) {
    String four = graph.integers(path + "four", 16, 16, 16, 16);
    String zeros = graph.integers(path + "zeros", 0, 0, 0, 0);
    String list = graph.add("Concat", path + "Concat", Map.of("axis", 0), four, zeros);
    String rows =
        graph.add("Reshape", path + "Reshape", NONE, list, graph.integers(path + "pairs", -1, 2));
    String backwards =
        graph.add(
            "Slice",
            path + "Slice",
            NONE,
            rows,
            graph.integers(path + "from", -1),
            graph.integers(path + "to", -Long.MAX_VALUE),
            graph.integers(path + "axis", 0),
            graph.integers(path + "step", -1));
    String turned =
        graph.add("Transpose", path + "Transpose", Map.of("perm", List.of(1, 0)), backwards);
    return graph.add(
        "Reshape", path + "Reshape_1", NONE, turned, graph.integers(path + "flat", -1));
  }

  /** Thresholds of 3 and 4, of scores from 1 to 5. */
  private void shown(String score, String map) {
    String image = shown("/post_processor/image", score, 3);
    String pixel = shown("/post_processor/pixel", map, 4);
    graph.add("Greater", "label", NONE, image, number("label.half", 0.5));
    graph.add("Greater", "mask", NONE, pixel, number("mask.half", 0.5));
  }

  private String shown(String name, String value, double threshold) {
    String shown = graph.add("Sub", name + "/Sub", NONE, value, number(name + ".t", threshold));
    shown = graph.add("Div", name + "/Div", NONE, shown, number(name + ".length", 4));
    shown = graph.add("Add", name + "/Add", NONE, shown, number(name + ".half", 0.5));
    return graph.add(
        "Clip", name + "/Clip", NONE, shown, number(name + ".low", 0), number(name + ".high", 1));
  }

  private void patchcore(List<String> taps, StoredTensor bank, int neighbours, int parts) {
    List<String> pooled = new ArrayList<>();
    Map<String, Object> pool =
        Map.of(
            "count_include_pad",
            1,
            "kernel_shape",
            THREE,
            "pads",
            List.of(1, 1, 1, 1),
            "strides",
            ONE);
    for (String tap : taps) {
      pooled.add(graph.add("AveragePool", "/model/AveragePool_" + tap, pool, ends.get(tap)));
    }
    String value = pooled.getFirst();
    if (pooled.size() > 1) {
      String resized = resize("/model/Resize", true, pooled.getLast(), 8, 8);
      value = graph.add("Concat", "/model/Concat", Map.of("axis", 1), value, resized);
    }
    value = graph.add("Transpose", "/model/Transpose", Map.of("perm", List.of(0, 2, 3, 1)), value);
    value = graph.add("Reshape", "/model/Reshape", NONE, value, "");
    String vectors = graph.floats("model.memory_bank", bank.floats(), bank.shape());
    String columns = transposed(bank);
    String norms = norms(vectors);
    String[] found = search(value, columns, norms, neighbours, parts);
    String score =
        neighbours == 1
            ? graph.add("ReduceMax", "/model/ReduceMax", axes(1), found[0])
            : reweighted(value, found, vectors, columns, norms, neighbours);
    String map = map(found[0], false);
    if (release == 2) {
      shown(score, map);
    }
  }

  private String transposed(StoredTensor bank) {
    int rows = (int) bank.shape()[0];
    int d = (int) bank.shape()[1];
    float[] values = bank.floats();
    float[] columns = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      columns[i % d * rows + i / d] = values[i];
    }
    return graph.floats("onnx::MatMul", columns, d, rows);
  }

  /** Squares of the bank's norms, which the graph computes of the bank alone. */
  private String norms(String vectors) {
    String squares = graph.add("Pow", "/model/Pow_bank", NONE, vectors, number("two", 2));
    return graph.add("ReduceSum", "/model/ReduceSum_bank", NONE, squares, integer("last", -1));
  }

  /** Distances to the nearest and its place. */
  private String[] search(String value, String columns, String norms, int neighbours, int parts) {
    List<String> minima = new ArrayList<>();
    List<String> places = new ArrayList<>();
    for (int i = 0; i < parts; i++) {
      String path = "/model/part" + i;
      int count = 64 / parts;
      String part = parts == 1 ? value : slice(path + "/Slice", value, (long) i * count, count, 0);
      String distances = distances(path, part, columns, norms);
      minima.add(graph.add("ReduceMin", path + "/ReduceMin", axes(1), distances));
      if (neighbours > 1) {
        places.add(graph.add("ArgMin", path + "/ArgMin", ALONG, distances));
      }
    }
    return new String[] {
      whole("Concat_min", minima), neighbours > 1 ? whole("Concat_at", places) : ""
    };
  }

  private static Map<String, Object> axes(int axis) {
    return Map.of("axes", List.of(axis), "keepdims", 0);
  }

  private String whole(String name, List<String> parts) {
    return parts.size() == 1
        ? parts.getFirst()
        : graph.add("Concat", "/model/" + name, Map.of("axis", 0), parts.toArray(String[]::new));
  }

  private String distances(String path, String value, String columns, String norms) {
    String own = squares(path + "/a", value);
    String product = graph.add("MatMul", path + "/MatMul", NONE, value, columns);
    String sum = difference(path, product, own);
    sum = graph.add("Add", path + "/Add_bank", NONE, sum, norms);
    return graph.add("Sqrt", path + "/Sqrt", NONE, clip(path + "/Clip", sum));
  }

  private String squares(String path, String value) {
    String squares = graph.add("Pow", path + "/Pow", NONE, value, number(path + ".two", 2));
    return graph.add("ReduceSum", path + "/ReduceSum", NONE, squares, integer(path + ".last", -1));
  }

  /** Of {@code a² - 2ab}: releases differ in where the minus is. */
  private String difference(String path, String product, String own) {
    double factor = release == 2 ? -2 : 2;
    String twice = graph.add("Mul", path + "/Mul", NONE, product, number(path + ".factor", factor));
    return release == 2
        ? graph.add("Add", path + "/Add", NONE, twice, own)
        : graph.add("Sub", path + "/Sub", NONE, own, twice);
  }

  private String reweighted(
      String embedding,
      String[] found,
      String vectors,
      String columns,
      String norms,
      int neighbours) {
    String path = "/model/weight";
    String top = graph.add("ArgMax", path + "/ArgMax", ALONG, found[0]);
    String patch = at(path + "/1", embedding, top);
    String score = at(path + "/2", found[0], top);
    String place = at(path + "/3", found[1], top);
    String nearest = graph.add("Gather", path + "/Gather_near", Map.of("axis", 0), vectors, place);
    String support = distances(path + "/near", nearest, columns, norms);
    graph.add(
        "TopK",
        path + "/TopK",
        Map.of("axis", 1, "largest", 0),
        support,
        integer("neighbours", neighbours));
    String rows =
        graph.add(
            "Gather", path + "/Gather_rows", Map.of("axis", 0), vectors, path + "/TopK_output_1");
    String weight = weight(path, patch, rows);
    return graph.add("Mul", path + "/Mul_score", NONE, weight, score);
  }

  private String at(String path, String value, String index) {
    String shifted = graph.add("Add", path + "/Add", NONE, index, integer(path + ".row", 0));
    return graph.add("Gather", path + "/Gather", Map.of("axis", 0), value, shifted);
  }

  private String weight(String path, String patch, String rows) {
    String own = squares(path + "/patch", patch);
    String others = squares(path + "/rows", rows);
    Map<String, Object> turn = Map.of("perm", List.of(0, 2, 1));
    String turned = graph.add("Transpose", path + "/Transpose", turn, rows);
    String product = graph.add("MatMul", path + "/MatMul", NONE, patch, turned);
    String sum = difference(path, product, own);
    sum =
        graph.add(
            "Add",
            path + "/Add_rows",
            NONE,
            sum,
            graph.add("Transpose", path + "/Transpose_1", turn, others));
    sum = graph.add("Sqrt", path + "/Sqrt", NONE, clip(path + "/Clip", sum));
    sum = graph.add("Softmax", path + "/Softmax", Map.of("axis", 1), sum);
    sum = graph.add("Sub", path + "/Sub_one", NONE, number("one", 1), sum);
    return graph.add("Gather", path + "/Gather_zero", Map.of("axis", 1), sum, integer("zero", 0));
  }
}
