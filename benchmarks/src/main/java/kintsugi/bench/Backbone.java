package kintsugi.bench;

/** A backbone with its images, ready to run. */
interface Backbone extends AutoCloseable {

  /** Computes the features of all images. */
  Object run();

  @Override
  void close();
}
