package kintsugi.bench;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Map;
import kintsugi.tensor.Tensor;

/** ONNX Runtime with its own optimisations, on the same network and images. */
final class OnnxBackbone implements Backbone {
  private final OrtSession session;
  private final OnnxTensor input;

  OnnxBackbone(Tensor images, int threads) {
    String file =
        Inputs.onnx()
            .orElseThrow(() -> new IllegalStateException("no resnet18-*.onnx next to the weights"))
            .toString();
    try {
      OrtEnvironment environment = OrtEnvironment.getEnvironment();
      OrtSession.SessionOptions options = new OrtSession.SessionOptions();
      options.setIntraOpNumThreads(threads);
      options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
      session = environment.createSession(file, options);
      long[] shape = {images.dim(0), 3, images.dim(1), images.dim(2)};
      input = OnnxTensor.createTensor(environment, planes(images), shape);
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }

  /** NHWC to NCHW. */
  static FloatBuffer planes(Tensor images) {
    FloatBuffer to =
        ByteBuffer.allocateDirect(4 * images.size()).order(ByteOrder.nativeOrder()).asFloatBuffer();
    int positions = images.dim(1) * images.dim(2);
    for (int i = 0; i < images.size(); i++) {
      int n = i / (3 * positions);
      int c = i / positions % 3;
      to.put(i, images.data()[(n * positions + i % positions) * 3 + c]);
    }
    return to;
  }

  @Override
  public Object run() {
    try (OrtSession.Result result = session.run(Map.of("input", input))) {
      return result.get(0);
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    try {
      input.close();
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }
}
