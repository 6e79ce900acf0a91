package kintsugi.engine;

/** One convolution of a network at one picture size, ready to run. */
interface PlannedConvolution {

  /** Floats of scratch memory that one part wants. */
  int scratch();

  /** How many parts can be computed at once. */
  int parts();

  /** Computes one part of one picture; together the parts are the whole. */
  void runPart(int part, float[][] activations, float[] scratch);

  /** Computes one picture. */
  void runWhole(float[][] activations, float[] scratch);
}
