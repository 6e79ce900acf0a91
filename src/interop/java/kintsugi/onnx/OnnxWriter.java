package kintsugi.onnx;

import ai.onnx.proto.OnnxMl.ModelProto;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import kintsugi.Version;
import kintsugi.detector.Model;
import kintsugi.interop.ModelGraph;
import kintsugi.interop.OnnxFormat;

/** The writer of a model as one graph: pixels, backbone, method, map, score, verdict. */
public final class OnnxWriter implements OnnxFormat {
  /** The operators' version that ONNX Runtime has from 1.12 on. */
  private static final int OPERATORS = 17;

  /** The version of the file that belongs to these operators. */
  private static final int FORMAT = 8;

  /** For the service loader. */
  public OnnxWriter() {}

  @Override
  public void write(Model model, boolean stages, Path file) throws IOException {
    ProtoGraph graph = new ProtoGraph();
    ModelGraph.write(model, stages, graph);
    ModelProto.Builder whole =
        ModelProto.newBuilder()
            .setIrVersion(FORMAT)
            .setProducerName("Kintsugi")
            .setProducerVersion(Version.number())
            .setDocString(ModelGraph.licence())
            .setGraph(graph.build("kintsugi"));
    whole.addOpsetImportBuilder().setDomain("").setVersion(OPERATORS);
    ModelGraph.metadata(model)
        .forEach((key, value) -> whole.addMetadataPropsBuilder().setKey(key).setValue(value));
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
      whole.build().writeTo(out);
    }
  }
}
