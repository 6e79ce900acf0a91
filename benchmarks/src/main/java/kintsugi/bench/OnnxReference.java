package kintsugi.bench;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import kintsugi.audit.BackboneReference;
import kintsugi.tensor.Tensor;
import kintsugi.weights.Weights;

/** ONNX Runtime, for {@code audit}: used where the ONNX file next to the weights holds the same. */
public final class OnnxReference implements BackboneReference {
  /** For the service loader. */
  public OnnxReference() {}

  @Override
  public String name() {
    return "ONNX Runtime " + OrtEnvironment.getEnvironment().getVersion();
  }

  @Override
  public Map<String, Tensor> features(Weights weights, Tensor image, List<String> taps) {
    Optional<Path> file = Inputs.onnx();
    if (file.isEmpty() || !same(weights, Weights.read(file.get()))) {
      return Map.of();
    }
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    long[] shape = {1, 3, image.dim(1), image.dim(2)};
    try (OrtSession session = environment.createSession(file.get().toString());
        OnnxTensor input =
            OnnxTensor.createTensor(environment, OnnxBackbone.direct(Planes.of(image)), shape);
        OrtSession.Result result = session.run(Map.of("input", input))) {
      Map<String, Tensor> features = new LinkedHashMap<>();
      for (String tap : taps) {
        OnnxTensor planes = (OnnxTensor) result.get(tap).orElseThrow();
        features.put(tap, Planes.nhwc(planes.getFloatBuffer(), planes.getInfo().getShape()));
      }
      return features;
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }

  private static boolean same(Weights a, Weights b) {
    return b.tensors().entrySet().stream()
        .allMatch(
            tensor ->
                a.has(tensor.getKey())
                    && Arrays.equals(
                        a.tensors().get(tensor.getKey()).data(), tensor.getValue().data()));
  }
}
