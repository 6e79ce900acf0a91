package kintsugi.onnx;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import kintsugi.AtomicOutput;
import kintsugi.InputException;
import kintsugi.interop.OnnxRunner;
import kintsugi.weights.StoredTensor;

/** A graph loaded by ONNX Runtime. */
final class RuntimeGraph implements OnnxRunner {
  private final Path file;
  private final OrtEnvironment environment;
  private final OrtSession session;

  RuntimeGraph(Path file, Collection<String> more) {
    this.file = file;
    try {
      environment = OrtEnvironment.getEnvironment();
      try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
        // What fails is said by the exception.
        options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
        Optional<byte[]> changed = more.isEmpty() ? Optional.empty() : withOutputs(more);
        session =
            changed.isPresent()
                ? environment.createSession(changed.get(), options)
                : environment.createSession(file.toString(), options);
      }
    } catch (OrtException e) {
      throw failed("is not a graph that ONNX Runtime runs", e);
    } catch (IOException e) {
      throw new InputException(
          file + ": cannot be read (" + AtomicOutput.reason(e) + "); check the name", e);
    }
  }

  /** The file with more outputs; empty if it has none of them, or has them as outputs already. */
  private Optional<byte[]> withOutputs(Collection<String> more) throws IOException {
    ModelProto model;
    try {
      model = ModelProto.parseFrom(Files.readAllBytes(file));
    } catch (InvalidProtocolBufferException e) {
      throw new InputException(
          file + ": is not an ONNX file (" + e.getMessage() + "); write it again", e);
    }
    Set<String> wanted = new LinkedHashSet<>(more);
    model.getGraph().getOutputList().stream().map(ValueInfoProto::getName).forEach(wanted::remove);
    Set<String> values = new HashSet<>();
    model.getGraph().getNodeList().stream().map(NodeProto::getOutputList).forEach(values::addAll);
    wanted.retainAll(values);
    if (wanted.isEmpty()) {
      return Optional.empty();
    }
    ModelProto.Builder changed = model.toBuilder();
    wanted.forEach(
        name ->
            changed.getGraphBuilder().addOutput(ValueInfoProto.newBuilder().setName(name).build()));
    return Optional.of(changed.build().toByteArray());
  }

  private InputException failed(String why, OrtException e) {
    return new InputException(
        file + ": " + why + " (" + InputException.quoted(e.getMessage()) + ")", e);
  }

  @Override
  public String runtime() {
    return "ONNX Runtime " + environment.getVersion();
  }

  @Override
  public List<Value> inputs() {
    try {
      return values(session.getInputInfo());
    } catch (OrtException e) {
      throw failed("has inputs that cannot be read", e);
    }
  }

  @Override
  public List<Value> outputs() {
    try {
      return values(session.getOutputInfo());
    } catch (OrtException e) {
      throw failed("has outputs that cannot be read", e);
    }
  }

  /** Those that are tensors of a type that is known here. */
  private static List<Value> values(Map<String, NodeInfo> infos) {
    List<Value> values = new ArrayList<>();
    infos.forEach(
        (name, info) -> {
          if (info.getInfo() instanceof TensorInfo tensor && type(tensor.type) != null) {
            List<Long> shape = Arrays.stream(tensor.getShape()).boxed().toList();
            values.add(new Value(name, type(tensor.type), shape));
          }
        });
    return values;
  }

  @Override
  public Map<String, String> metadata() {
    try {
      return Map.copyOf(session.getMetadata().getCustomMetadata());
    } catch (OrtException e) {
      throw failed("has metadata that cannot be read", e);
    }
  }

  @Override
  public Map<String, StoredTensor> run(
      Map<String, StoredTensor> inputs, Collection<String> outputs) {
    Map<String, OnnxTensor> tensors = new LinkedHashMap<>();
    try {
      for (Map.Entry<String, StoredTensor> input : inputs.entrySet()) {
        tensors.put(input.getKey(), tensor(input.getValue()));
      }
      try (OrtSession.Result result = session.run(tensors, new LinkedHashSet<>(outputs))) {
        Map<String, StoredTensor> values = new LinkedHashMap<>();
        for (String output : outputs) {
          values.put(output, stored(output, result.get(output).orElseThrow()));
        }
        return values;
      }
    } catch (OrtException e) {
      throw failed("fails in ONNX Runtime", e);
    } finally {
      tensors.values().forEach(OnnxTensor::close);
    }
  }

  private OnnxTensor tensor(StoredTensor value) throws OrtException {
    // The runtime reads a buffer of its own, in the order of the machine.
    ByteBuffer bytes = ByteBuffer.allocateDirect(value.bytes().capacity());
    bytes.order(ByteOrder.LITTLE_ENDIAN).put(value.bytes().duplicate().clear()).flip();
    return OnnxTensor.createTensor(environment, bytes, value.shape(), type(value.type()));
  }

  private StoredTensor stored(String name, OnnxValue value) {
    if (!(value instanceof OnnxTensor tensor) || type(tensor.getInfo().type) == null) {
      throw new InputException(file + ": its output " + name + " is not a tensor of numbers");
    }
    return new StoredTensor(
        type(tensor.getInfo().type), tensor.getInfo().getShape(), tensor.getByteBuffer());
  }

  private OnnxJavaType type(StoredTensor.Type type) {
    for (OnnxJavaType each : OnnxJavaType.values()) {
      if (type(each) == type) {
        return each;
      }
    }
    throw new InputException(file + ": has no input of the type " + type);
  }

  /** The type here; null for texts and types that are not known here. */
  private static StoredTensor.Type type(OnnxJavaType type) {
    return switch (type) {
      case FLOAT -> StoredTensor.Type.F32;
      case DOUBLE -> StoredTensor.Type.F64;
      case INT8 -> StoredTensor.Type.I8;
      case INT16 -> StoredTensor.Type.I16;
      case INT32 -> StoredTensor.Type.I32;
      case INT64 -> StoredTensor.Type.I64;
      case BOOL -> StoredTensor.Type.BOOL;
      case UINT8 -> StoredTensor.Type.U8;
      case FLOAT16 -> StoredTensor.Type.F16;
      case BFLOAT16 -> StoredTensor.Type.BF16;
      default -> null;
    };
  }

  @Override
  public void close() {
    try {
      session.close();
    } catch (OrtException e) {
      throw failed("cannot be closed", e);
    }
  }
}
