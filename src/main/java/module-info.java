/** Anomaly detection in images: PaDiM and PatchCore on ResNet-18 features. */
// The module of another jar, which is built after this one.
@SuppressWarnings("module")
module kintsugi {
  requires transitive java.desktop;
  requires jdk.incubator.vector;
  requires commons.math3;
  requires java.net.http;
  requires jdk.httpserver;
  requires org.joml;

  // Of the command line and its reports alone; a program that uses the library does without.
  requires static info.picocli;
  requires static java.compiler;
  requires static me.tongfei.progressbar;
  requires static tools.jackson.databind;
  requires static tools.jackson.dataformat.csv;

  uses kintsugi.audit.BackboneReference;
  uses kintsugi.detector.Method;
  uses kintsugi.engine.EngineProvider;
  uses kintsugi.interop.OnnxFormat;
  uses kintsugi.interop.OnnxRunner.Provider;
  uses kintsugi.serve.EventSender.Provider;

  provides kintsugi.detector.Method with
      kintsugi.padim.PadimMethod,
      kintsugi.patchcore.PatchCoreMethod;
  provides kintsugi.engine.EngineProvider with
      kintsugi.engine.scalar.ScalarProvider,
      kintsugi.engine.vector.VectorProvider;

  exports kintsugi;
  exports kintsugi.backbone;
  exports kintsugi.dataset;
  exports kintsugi.detector;
  exports kintsugi.engine;
  exports kintsugi.experiment;
  exports kintsugi.image;
  exports kintsugi.interop;
  exports kintsugi.learn;
  exports kintsugi.metric;
  exports kintsugi.padim;
  exports kintsugi.patchcore;
  exports kintsugi.scoremap;
  exports kintsugi.serve to
      kintsugi.mqtt;
  exports kintsugi.tensor;
  exports kintsugi.weights;

  opens kintsugi.cli to
      info.picocli,
      tools.jackson.databind;
  opens kintsugi.audit to
      tools.jackson.databind;
  opens kintsugi.detector to
      tools.jackson.databind;
  opens kintsugi.experiment to
      tools.jackson.databind;
  opens kintsugi.learn to
      tools.jackson.databind;
  opens kintsugi.lesson to
      tools.jackson.databind;
  opens kintsugi.report to
      tools.jackson.databind;
  opens kintsugi.serve to
      tools.jackson.databind;
}
