package kintsugi.bench;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import kintsugi.engine.Network;
import kintsugi.tensor.Tensor;

/**
 * ONNX Runtime with all of its optimisations, on the same network and images. Its outputs are
 * written into buffers made beforehand, which Java reads without a copy: nothing is faster through
 * its Java interface.
 */
final class OnnxBackbone implements Backbone {
  private final OrtSession session;
  private final OnnxTensor input;
  private final Map<String, OnnxTensor> outputs = new LinkedHashMap<>();
  private final Map<String, FloatBuffer> buffers = new LinkedHashMap<>();

  OnnxBackbone(Network network, Tensor images, int threads) {
    try {
      OrtEnvironment environment = OrtEnvironment.getEnvironment();
      try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
        options.setIntraOpNumThreads(threads);
        options.setInterOpNumThreads(1);
        options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
        session = environment.createSession(OnnxModel.of(network), options);
      }
      long[] shape = {images.dim(0), 3, images.dim(1), images.dim(2)};
      input = OnnxTensor.createTensor(environment, direct(Planes.of(images)), shape);
      Map<String, int[]> shapes = network.shapes(images.dim(1), images.dim(2), 3);
      for (String tap : network.taps()) {
        int[] s = shapes.get(tap);
        FloatBuffer buffer = direct(new float[images.dim(0) * s[0] * s[1] * s[2]]);
        buffers.put(tap, buffer);
        outputs.put(
            tap,
            OnnxTensor.createTensor(
                environment, buffer, new long[] {images.dim(0), s[2], s[0], s[1]}));
      }
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }

  static FloatBuffer direct(float[] values) {
    FloatBuffer buffer =
        ByteBuffer.allocateDirect(4 * values.length).order(ByteOrder.nativeOrder()).asFloatBuffer();
    return buffer.put(values).rewind();
  }

  @Override
  public Object run() {
    try (OrtSession.Result result = session.run(Map.of(Network.INPUT, input), outputs)) {
      return buffers;
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public Map<String, Tensor> features() {
    run();
    Map<String, Tensor> features = new LinkedHashMap<>();
    outputs.forEach(
        (tap, output) ->
            features.put(tap, Planes.nhwc(buffers.get(tap), output.getInfo().getShape())));
    return features;
  }

  @Override
  public void close() {
    try {
      input.close();
      outputs.values().forEach(OnnxTensor::close);
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }
}
