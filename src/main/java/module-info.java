/** Anomaly detection in pictures: PaDiM and PatchCore on ResNet-18 features. */
module kintsugi {
  requires transitive java.desktop;
  requires jdk.incubator.vector;
  requires commons.math3;
  requires com.drew.metadata;
  requires info.picocli;
  requires me.tongfei.progressbar;
  requires transitive org.joml;
  requires tools.jackson.databind;
  requires tools.jackson.dataformat.csv;

  uses kintsugi.audit.BackboneReference;
  uses kintsugi.engine.EngineProvider;

  exports kintsugi;
  exports kintsugi.audit;
  exports kintsugi.backbone;
  exports kintsugi.dataset;
  exports kintsugi.detector;
  exports kintsugi.embedding;
  exports kintsugi.engine;
  exports kintsugi.image;
  exports kintsugi.metric;
  exports kintsugi.padim;
  exports kintsugi.patchcore;
  exports kintsugi.report;
  exports kintsugi.scoremap;
  exports kintsugi.tensor;
  exports kintsugi.weights;

  opens kintsugi.cli to
      info.picocli,
      tools.jackson.databind;
  opens kintsugi.audit to
      tools.jackson.databind;
  opens kintsugi.dataset to
      tools.jackson.databind;
  opens kintsugi.detector to
      tools.jackson.databind;
  opens kintsugi.report to
      tools.jackson.databind;
}
