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

/** ONNX Runtime with its own optimisations, on the same network and pictures. */
final class OnnxBackbone implements Backbone {
  private final OrtSession session;
  private final OnnxTensor input;

  OnnxBackbone(Tensor pictures, int threads) {
    String file =
        Inputs.onnx()
            .orElseThrow(() -> new IllegalStateException("no resnet18-*.onnx beside the weights"))
            .toString();
    try {
      OrtEnvironment environment = OrtEnvironment.getEnvironment();
      OrtSession.SessionOptions options = new OrtSession.SessionOptions();
      options.setIntraOpNumThreads(threads);
      options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
      session = environment.createSession(file, options);
      long[] shape = {pictures.dim(0), 3, pictures.dim(1), pictures.dim(2)};
      input = OnnxTensor.createTensor(environment, planes(pictures), shape);
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }

  /** NHWC to NCHW. */
  static FloatBuffer planes(Tensor pictures) {
    FloatBuffer to =
        ByteBuffer.allocateDirect(4 * pictures.size())
            .order(ByteOrder.nativeOrder())
            .asFloatBuffer();
    int positions = pictures.dim(1) * pictures.dim(2);
    for (int i = 0; i < pictures.size(); i++) {
      int n = i / (3 * positions);
      int c = i / positions % 3;
      to.put(i, pictures.data()[(n * positions + i % positions) * 3 + c]);
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
