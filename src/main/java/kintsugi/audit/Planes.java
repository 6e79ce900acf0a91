package kintsugi.audit;

import kintsugi.image.Pixels;
import kintsugi.tensor.Tensor;

/**
 * Planes of one size in fp64.
 *
 * @param planes {@code [C][h·w]}
 * @param h rows
 * @param w columns
 */
record Planes(double[][] planes, int h, int w) {

  /** Those of a tensor {@code [C, h, w]}. */
  static Planes of(Tensor tensor) {
    int size = tensor.dim(1) * tensor.dim(2);
    double[][] planes = new double[tensor.dim(0)][size];
    for (int i = 0; i < tensor.size(); i++) {
      planes[i / size][i % size] = tensor.data()[i];
    }
    return new Planes(planes, tensor.dim(1), tensor.dim(2));
  }

  /** Those of a tensor {@code [h, w, C]}. */
  static Planes ofChannelsLast(Tensor tensor) {
    int c = tensor.dim(2);
    double[][] planes = new double[c][tensor.size() / c];
    for (int i = 0; i < tensor.size(); i++) {
      planes[i % c][i / c] = tensor.data()[i];
    }
    return new Planes(planes, tensor.dim(0), tensor.dim(1));
  }

  /** Those of an image, 0 to 255. */
  static Planes of(Pixels pixels) {
    double[][] planes = new double[3][pixels.width() * pixels.height()];
    for (int i = 0; i < pixels.rgb().length; i++) {
      planes[i % 3][i / 3] = pixels.rgb()[i] & 0xff;
    }
    return new Planes(planes, pixels.height(), pixels.width());
  }

  int count() {
    return planes.length;
  }

  /** {@code [1, h, w, C]}, as the network takes them. */
  Tensor channelsLast() {
    Tensor tensor = Tensor.zeros(1, h, w, planes.length);
    for (int i = 0; i < tensor.size(); i++) {
      tensor.data()[i] = (float) planes[i % planes.length][i / planes.length];
    }
    return tensor;
  }

  /** {@code [C, h, w]}. */
  Tensor channelsFirst() {
    Tensor tensor = Tensor.zeros(planes.length, h, w);
    for (int i = 0; i < tensor.size(); i++) {
      tensor.data()[i] = (float) planes[i / (h * w)][i % (h * w)];
    }
    return tensor;
  }

  /** The planes in reverse order. */
  Planes reversed() {
    double[][] reversed = new double[planes.length][];
    for (int c = 0; c < reversed.length; c++) {
      reversed[c] = planes[planes.length - 1 - c];
    }
    return new Planes(reversed, h, w);
  }

  /** Values {@code from[c][0]·v + from[c][1]} as those of {@code to}. */
  Planes mapped(double[][] from, double[][] to) {
    double[][] mapped = new double[planes.length][h * w];
    for (int c = 0; c < mapped.length; c++) {
      for (int i = 0; i < mapped[c].length; i++) {
        double v = (planes[c][i] - from[c][1]) / from[c][0];
        mapped[c][i] = to[c][0] * v + to[c][1];
      }
    }
    return new Planes(mapped, h, w);
  }

  /** A part of the planes. */
  Planes part(int top, int left, int height, int width) {
    double[][] part = new double[planes.length][height * width];
    for (int c = 0; c < part.length; c++) {
      for (int y = 0; y < height; y++) {
        System.arraycopy(planes[c], (top + y) * w + left, part[c], y * width, width);
      }
    }
    return new Planes(part, height, width);
  }

  /** The planes at another size. */
  Planes resized(Resampling way, int height, int width) {
    double[][] resized = new double[planes.length][];
    for (int c = 0; c < resized.length; c++) {
      resized[c] = way.apply(planes[c], h, w, height, width);
    }
    return new Planes(resized, height, width);
  }
}
