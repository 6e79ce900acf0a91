package kintsugi.bench;

import java.util.Map;
import kintsugi.tensor.Tensor;

/**
 * A backbone with its images, ready to run. The images lie prepared in the layout that the engine
 * takes; each run computes the three feature layers into memory that a Java program can read.
 */
interface Backbone extends AutoCloseable {

  /** Computes the features of all images; what it returns holds them. */
  Object run();

  /** {@return the features of one run as {@code [N, h, w, c]} by layer, for comparison} */
  Map<String, Tensor> features();

  @Override
  void close();
}
