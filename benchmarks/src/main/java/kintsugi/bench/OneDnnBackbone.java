package kintsugi.bench;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_BIAS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kintsugi.engine.Layer;
import kintsugi.engine.Network;
import kintsugi.tensor.Tensor;
import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.convolution_forward;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.pooling_forward;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive;
import org.bytedeco.dnnl.primitive_attr;
import org.bytedeco.dnnl.reorder;
import org.bytedeco.dnnl.stream;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.PointerScope;

/**
 * The same layers with the same weights in oneDNN, a primitive per layer, made once. oneDNN chooses
 * algorithm ({@code convolution_auto}) and layouts; the images and the weights lie ready in what it
 * chose, and memory is reused once an activation is no longer read. Sums and ReLUs are the
 * convolutions' own. The outputs end as NHWC in oneDNN's memory, which Java reads without a copy.
 */
final class OneDnnBackbone implements Backbone {
  private final Network network;
  private final int batch;
  private final Map<String, int[]> shapes;
  private final int threads;
  private final MethodHandle setThreads;
  private final PointerScope scope;
  private final engine engine;
  private final stream stream;
  private final List<Step> steps = new ArrayList<>();
  private final Map<String, memory> values = new HashMap<>();
  private final List<memory> free = new ArrayList<>();
  private final Map<String, FloatBuffer> buffers = new LinkedHashMap<>();

  private record Step(primitive primitive, IntMemoryMap arguments) {}

  OneDnnBackbone(Network network, Tensor images, int threads) {
    this.network = network;
    this.batch = images.dim(0);
    this.shapes = network.shapes(images.dim(1), images.dim(2), images.dim(3));
    this.threads = threads;
    Loader.load(dnnl.class);
    // The OpenMP that oneDNN has loaded; its presets lack the function.
    SymbolLookup openMp = SymbolLookup.libraryLookup("libgomp.so.1", Arena.global());
    setThreads =
        Linker.nativeLinker()
            .downcallHandle(
                openMp.findOrThrow("omp_set_num_threads"),
                FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT));
    setThreads();
    try (PointerScope all = new PointerScope()) {
      engine = new engine(org.bytedeco.dnnl.engine.kind.cpu, 0);
      stream = new stream(engine);
      values.put(Network.INPUT, filled(plain(Network.INPUT), images.data()));
      for (int i = 0; i < network.layers().size(); i++) {
        add(i);
      }
      scope = all.extend();
    }
  }

  /** OpenMP keeps the number for each thread that calls. */
  private void setThreads() {
    try {
      setThreads.invokeExact(threads);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  private void add(int i) {
    Layer layer = network.layers().get(i);
    memory to =
        switch (layer) {
          case Layer.Convolution c -> convolution(c, i);
          case Layer.MaxPool p -> maxPool(p);
          default -> throw new IllegalArgumentException(layer.output() + " is not for oneDNN");
        };
    values.put(layer.output(), to);
    if (network.taps().contains(layer.output())) {
      memory plain = laidOut(plain(layer.output()), to);
      FloatPointer data = new FloatPointer(plain.get_data_handle());
      buffers.put(layer.output(), data.capacity(size(layer.output())).asBuffer());
    }
    for (String name : layer.inputs()) {
      // A residual to which its convolution adds is the output now.
      if (dead(name, i) && values.get(name) != to) {
        free.add(values.remove(name));
      }
    }
  }

  /** Whether nothing after a layer reads an activation. */
  private boolean dead(String name, int layer) {
    return !name.equals(Network.INPUT)
        && !network.taps().contains(name)
        && network.layers().stream().skip(layer + 1).noneMatch(l -> l.inputs().contains(name));
  }

  private memory convolution(Layer.Convolution c, int i) {
    var f = c.filter();
    long[] filter = {f.outputs(), f.inputs(), f.height(), f.width()};
    long[] strides = {c.stride(), c.stride()};
    long[] padding = {c.padding(), c.padding()};
    var any = memory.format_tag.any;
    var description =
        new convolution_forward.primitive_desc(
            engine,
            dnnl.prop_kind.forward_inference,
            dnnl.algorithm.convolution_auto,
            desc(dims(c.input()), any),
            desc(filter, any),
            desc(new long[] {f.outputs()}, memory.format_tag.x),
            desc(dims(c.output()), any),
            strides,
            padding,
            padding,
            epilogue(c),
            false);
    memory from = source(description.src_desc(), c.input());
    memory weights = filled(desc(filter, memory.format_tag.oihw), Planes.filter(f));
    IntMemoryMap arguments = new IntMemoryMap();
    arguments.put(DNNL_ARG_WEIGHTS, ready(description.weights_desc(), weights));
    arguments.put(DNNL_ARG_BIAS, filled(description.bias_desc(), f.bias().data()));
    memory to = destination(description.dst_desc(), c, i);
    run(new convolution_forward(description), arguments, from, to);
    return to;
  }

  private static primitive_attr epilogue(Layer.Convolution c) {
    post_ops operations = new post_ops();
    if (c.residual() != null) {
      operations.append_sum();
    }
    if (c.relu()) {
      operations.append_eltwise(dnnl.algorithm.eltwise_relu, 0, 0);
    }
    primitive_attr attributes = new primitive_attr();
    attributes.set_post_ops(operations);
    return attributes;
  }

  /** Where a convolution writes; a sum is added to what lies there, the residual or a copy. */
  private memory destination(memory.desc desc, Layer.Convolution c, int i) {
    if (c.residual() == null) {
      return take(desc);
    }
    memory residual = values.get(c.residual());
    if (dead(c.residual(), i) && residual.get_desc().equals(desc)) {
      return residual;
    }
    memory copy = take(desc);
    run(new reorder(residual, copy), new IntMemoryMap(), residual, copy);
    return copy;
  }

  private memory maxPool(Layer.MaxPool p) {
    memory from = values.get(p.input());
    long[] padding = {p.padding(), p.padding()};
    var description =
        new pooling_forward.primitive_desc(
            engine,
            dnnl.prop_kind.forward_inference,
            dnnl.algorithm.pooling_max,
            from.get_desc(),
            desc(dims(p.output()), memory.format_tag.any),
            new long[] {p.stride(), p.stride()},
            new long[] {p.size(), p.size()},
            new long[] {0, 0},
            padding,
            padding);
    memory to = take(description.dst_desc());
    run(new pooling_forward(description), new IntMemoryMap(), from, to);
    return to;
  }

  private void run(primitive primitive, IntMemoryMap arguments, memory from, memory to) {
    arguments.put(DNNL_ARG_SRC, from);
    arguments.put(DNNL_ARG_DST, to);
    steps.add(new Step(primitive, arguments));
  }

  /** An activation in the layout that a layer reads; the images have it before the first run. */
  private memory source(memory.desc desc, String name) {
    memory value = values.get(name);
    return name.equals(Network.INPUT) ? ready(desc, value) : laidOut(desc, value);
  }

  /** A value in another layout, at each run. */
  private memory laidOut(memory.desc desc, memory value) {
    if (value.get_desc().equals(desc)) {
      return value;
    }
    memory to = new memory(desc, engine);
    run(new reorder(value, to), new IntMemoryMap(), value, to);
    return to;
  }

  /** A value in another layout, now and for good. */
  private memory ready(memory.desc desc, memory value) {
    if (value.get_desc().equals(desc)) {
      return value;
    }
    memory to = new memory(desc, engine);
    new reorder(value, to).execute(stream, value, to);
    stream._wait();
    return to;
  }

  private memory take(memory.desc desc) {
    for (memory unused : free) {
      if (unused.get_desc().equals(desc)) {
        free.remove(unused);
        return unused;
      }
    }
    return new memory(desc, engine);
  }

  private memory filled(memory.desc desc, float[] with) {
    memory to = new memory(desc, engine);
    new FloatPointer(to.get_data_handle()).put(with);
    return to;
  }

  private static memory.desc desc(long[] dims, memory.format_tag tag) {
    return new memory.desc(dims, memory.data_type.f32, tag);
  }

  private memory.desc plain(String name) {
    return desc(dims(name), memory.format_tag.nhwc);
  }

  /** oneDNN names the channels before the positions, whatever the layout. */
  private long[] dims(String name) {
    int[] s = shapes.get(name);
    return new long[] {batch, s[2], s[0], s[1]};
  }

  private int size(String name) {
    int[] s = shapes.get(name);
    return batch * s[0] * s[1] * s[2];
  }

  @Override
  public Object run() {
    setThreads();
    for (Step step : steps) {
      step.primitive.execute(stream, step.arguments);
    }
    stream._wait();
    return buffers;
  }

  @Override
  public Map<String, Tensor> features() {
    run();
    Map<String, Tensor> features = new LinkedHashMap<>();
    buffers.forEach(
        (tap, buffer) -> {
          float[] data = new float[buffer.capacity()];
          buffer.get(0, data);
          int[] s = shapes.get(tap);
          features.put(tap, Tensor.of(data, batch, s[0], s[1], s[2]));
        });
    return features;
  }

  @Override
  public void close() {
    scope.close();
  }
}
