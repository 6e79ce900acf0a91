package kintsugi.engine.vector;

/** A convolution of a network at one image size, ready to run. */
interface PlannedConvolution {

  /** Floats of scratch memory that one part needs. */
  int scratch();

  /** The number of parts that can be computed at once. */
  int parts();

  /** Computes one part of one image; together the parts are the whole. */
  void runPart(int part, float[][] activations, float[] scratch);

  /** Computes one image. */
  void runWhole(float[][] activations, float[] scratch);
}
