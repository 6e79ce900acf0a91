package kintsugi.tornado;

import java.util.Arrays;
import kintsugi.engine.Gaussians;
import kintsugi.engine.PreparedGaussians;
import kintsugi.tensor.Tensor;
import uk.ac.manchester.tornado.api.TaskGraphInterface;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Gaussians whose means and factors stay on the device; patches are copied in, squared distances
 * out. The plain Gaussians stay on the host, which needs them when the device fails.
 *
 * <p>On the device {@value #LANES} positions are interleaved, so that neighbouring threads, which
 * have neighbouring positions, read neighbouring values: the mean is {@code [groups][D][LANES]} and
 * the factor {@code [groups][D·(D+1)/2][LANES]}. Positions beyond the last are never read.
 */
final class DeviceGaussians implements PreparedGaussians {
  private static final int LANES = 16;

  private final Gaussians gaussians;
  private final Device device;
  private final FloatArray mean;
  private final FloatArray factor;
  private Built built;

  DeviceGaussians(Gaussians gaussians, Device device) {
    gaussians.requireFactors();
    this.gaussians = gaussians;
    this.device = device;
    int d = gaussians.dimension();
    int triangle = Gaussians.triangle(d);
    long padded = (long) Math.ceilDiv(gaussians.positions(), LANES) * LANES;
    this.mean = Copies.allocate(padded * d);
    this.factor = Copies.allocate(padded * triangle);
    float[] group = new float[triangle * LANES];
    for (int first = 0; first < gaussians.positions(); first += LANES) {
      int lanes = Math.min(LANES, gaussians.positions() - first);
      for (int i = 0; i < triangle; i++) {
        for (int lane = 0; lane < lanes; lane++) {
          group[i * LANES + lane] = gaussians.factor()[first + lane][i];
        }
      }
      Copies.in(group, 0, group.length, factor, first * triangle);
    }
    for (int i = 0; i < gaussians.mean().length; i++) {
      int position = i / d;
      mean.set((position / LANES * d + i % d) * LANES + position % LANES, gaussians.mean()[i]);
    }
  }

  @Override
  public synchronized Tensor mahalanobis(Tensor patches) {
    gaussians.requireGrid(patches);
    int count = patches.dim(0);
    if (built == null || built.capacity < Math.min(count, built.max)) {
      // Dropped first, so that its memory can be used again.
      built = null;
      built = new Built(count);
    }
    Tensor distances = Tensor.zeros(count, height(), width());
    for (int first = 0; first < count; first += built.capacity) {
      built.run(patches, first, Math.min(built.capacity, count - first), distances);
    }
    // The root is taken here, where it is rounded as the specification's is.
    for (int i = 0; i < distances.size(); i++) {
      distances.data()[i] = (float) Math.sqrt(distances.data()[i]);
    }
    return distances;
  }

  @Override
  public int height() {
    return gaussians.height();
  }

  @Override
  public int width() {
    return gaussians.width();
  }

  @Override
  public int dimension() {
    return gaussians.dimension();
  }

  @Override
  public float[] mean(int position) {
    int d = dimension();
    return Arrays.copyOfRange(gaussians.mean(), position * d, (position + 1) * d);
  }

  @Override
  public float[] factor(int position) {
    return gaussians.factor()[position].clone();
  }

  /** The task graph for one size of batches. */
  private final class Built {
    final int max;
    final int capacity;
    private final FloatArray patches;
    private final FloatArray squared;
    private final IntArray live = new IntArray(1);
    private final Device.Program program;

    Built(int count) {
      int positions = positions();
      int dimension = dimension();
      long constant = Copies.bytes(mean, factor);
      long each = (2L * dimension + 1) * positions * Float.BYTES;
      this.max = Copies.batch(device.free() - constant, each, (long) positions * dimension);
      this.capacity = Math.min(count, max);
      this.patches = Copies.allocate((long) capacity * positions * dimension);
      this.squared = Copies.allocate((long) capacity * positions);
      this.program = device.program("gaussians", this::addTo);
    }

    private long addTo(TaskGraphInterface graph) {
      FloatArray solved = Copies.allocate(patches.getSize());
      graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, mean, factor);
      graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, patches, live);
      graph.task(
          "mahalanobis",
          DistanceKernels::mahalanobis,
          patches,
          mean,
          factor,
          solved,
          squared,
          live,
          positions(),
          dimension(),
          LANES);
      graph.transferToHost(DataTransferMode.EVERY_EXECUTION, squared);
      return Copies.bytes(mean, factor, patches, solved, squared);
    }

    void run(Tensor all, int first, int count, Tensor distances) {
      int positions = positions();
      int size = positions * dimension();
      Copies.in(all.data(), first * size, count * size, patches, 0);
      live.set(0, count);
      program.run();
      Copies.out(squared, 0, distances.data(), first * positions, count * positions);
    }
  }
}
