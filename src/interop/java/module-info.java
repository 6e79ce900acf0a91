/** ONNX graphs of models: written with ONNX's published schema, and run by ONNX Runtime. */
module kintsugi.onnx {
  requires kintsugi;
  requires com.google.protobuf;
  requires org.tribuo.util.onnx;

  // Where it is absent, graphs are written and not run.
  requires static com.microsoft.onnxruntime;

  provides kintsugi.interop.OnnxFormat with
      kintsugi.onnx.OnnxWriter;
  provides kintsugi.interop.OnnxRunner.Provider with
      kintsugi.onnx.RuntimeProvider;
}
