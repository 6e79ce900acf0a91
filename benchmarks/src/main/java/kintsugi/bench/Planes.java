package kintsugi.bench;

import java.nio.FloatBuffer;
import kintsugi.engine.Filter;
import kintsugi.tensor.Tensor;

/** The layout of the peers, planes of one channel each (NCHW), from and to this project's NHWC. */
final class Planes {
  private Planes() {}

  /** {@code [N, H, W, C]} to {@code [N, C, H, W]}. */
  static float[] of(Tensor images) {
    int channels = images.dim(3);
    int positions = images.dim(1) * images.dim(2);
    float[] to = new float[images.size()];
    for (int i = 0; i < to.length; i++) {
      int n = i / (channels * positions);
      int c = i / positions % channels;
      to[i] = images.data()[(n * positions + i % positions) * channels + c];
    }
    return to;
  }

  /** {@code [N, C, H, W]} to {@code [N, H, W, C]}. */
  static Tensor nhwc(FloatBuffer from, long... shape) {
    int channels = (int) shape[1];
    int positions = (int) (shape[2] * shape[3]);
    Tensor to = Tensor.zeros((int) shape[0], (int) shape[2], (int) shape[3], channels);
    for (int i = 0; i < to.size(); i++) {
      int n = i / (channels * positions);
      to.data()[i] = from.get((n * channels + i % channels) * positions + i / channels % positions);
    }
    return to;
  }

  /** Weights {@code [KH, KW, I, O]} to {@code [O, I, KH, KW]}. */
  static float[] filter(Filter filter) {
    int outputs = filter.outputs();
    int inputs = filter.inputs();
    int window = filter.height() * filter.width();
    float[] from = filter.weight().data();
    float[] to = new float[from.length];
    for (int i = 0; i < from.length; i++) {
      int o = i % outputs;
      int c = i / outputs % inputs;
      to[(o * inputs + c) * window + i / outputs / inputs] = from[i];
    }
    return to;
  }
}
