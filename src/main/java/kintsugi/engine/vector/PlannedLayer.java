package kintsugi.engine.vector;

import kintsugi.engine.Parallel;

/** A layer of a network at one image size, ready to run. */
interface PlannedLayer {

  /** Elements of scratch memory that one thread needs. */
  default int scratch() {
    return 0;
  }

  /**
   * Computes some images on the calling thread.
   *
   * @param images the activations of each
   * @param scratch at least {@link #scratch} elements, whose content is lost
   */
  void run(float[][][] images, float[] scratch);

  /**
   * Computes one image on all threads.
   *
   * @param scratch one array per thread
   */
  void runShared(Parallel parallel, float[][] activations, float[][] scratch);
}
