/** Anomaly detection in pictures: PaDiM and PatchCore on ResNet-18 features. */
module kintsugi {
  requires jdk.incubator.vector;

  exports kintsugi.tensor;
}
