package kintsugi.bench;

/** A backbone with its pictures, ready to run. */
interface Backbone extends AutoCloseable {

  /** Computes the features of all pictures. */
  Object run();

  @Override
  void close();
}
