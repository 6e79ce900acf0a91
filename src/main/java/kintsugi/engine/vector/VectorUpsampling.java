package kintsugi.engine.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import kintsugi.engine.Parallel;
import kintsugi.engine.Upsampling;
import kintsugi.tensor.Tensor;

/**
 * The upsampling of maps: along the rows one value at a time, as the specification does, then down
 * the columns a vector of columns at a time. Each value is added up in the specification's order.
 */
final class VectorUpsampling {
  private static final VectorSpecies<Float> SPECIES = MicroKernel.SPECIES;
  private static final int LANES = SPECIES.length();

  private VectorUpsampling() {}

  static Tensor upsample(Tensor maps, int height, int width, Upsampling how, Parallel parallel) {
    int rowsIn = maps.dim(1);
    int columnsIn = maps.dim(2);
    Upsampling.Line rows = how.line(rowsIn, height);
    Upsampling.Line columns = how.line(columnsIn, width);
    Tensor large = Tensor.zeros(maps.dim(0), height, width);
    parallel.forEach(
        maps.dim(0),
        n -> {
          float[] wide = new float[rowsIn * width];
          for (int y = 0; y < rowsIn; y++) {
            for (int x = 0; x < width; x++) {
              int start = (n * rowsIn + y) * columnsIn;
              wide[y * width + x] = columns.at(x, maps.data(), start, 1);
            }
          }
          for (int y = 0; y < height; y++) {
            row(wide, rows, y, large.data(), (n * height + y) * width, width);
          }
        });
    return large;
  }

  private static void row(
      float[] wide, Upsampling.Line rows, int y, float[] out, int place, int width) {
    int[] from = rows.index()[y];
    float[] by = rows.weight()[y];
    int x = 0;
    for (; x + LANES <= width; x += LANES) {
      FloatVector sum = FloatVector.fromArray(SPECIES, wide, from[0] * width + x).mul(by[0]);
      for (int k = 1; k < from.length; k++) {
        FloatVector value = FloatVector.fromArray(SPECIES, wide, from[k] * width + x);
        sum = sum.add(value.mul(by[k]));
      }
      sum.intoArray(out, place + x);
    }
    for (; x < width; x++) {
      out[place + x] = rows.at(y, wide, x, width);
    }
  }
}
