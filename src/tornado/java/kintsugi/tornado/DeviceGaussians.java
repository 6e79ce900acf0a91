package kintsugi.tornado;

import kintsugi.engine.Gaussians;
import kintsugi.tensor.Tensor;
import uk.ac.manchester.tornado.api.TaskGraphInterface;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Gaussians whose means and factors stay on the device; patches go in, squares come back. */
final class DeviceGaussians {
  private final Gaussians gaussians;
  private final Device device;
  private final FloatArray mean;
  private final FloatArray factor;
  private Built built;

  DeviceGaussians(Gaussians gaussians, Device device) {
    this.gaussians = gaussians;
    this.device = device;
    this.mean = Copies.of(gaussians.mean());
    long numbers = (long) gaussians.groups() * Gaussians.triangle(gaussians.dimension());
    this.factor = Copies.room(numbers * Gaussians.LANES);
    int at = 0;
    for (float[] group : gaussians.factor()) {
      Copies.in(group, 0, group.length, factor, at);
      at += group.length;
    }
  }

  boolean isOf(Gaussians others) {
    return gaussians == others;
  }

  /** {@code [N, H, W]}; the root is taken here, where it is rounded as the specification's is. */
  Tensor distances(Tensor patches) {
    gaussians.requireGrid(patches);
    int count = patches.dim(0);
    if (built == null || built.capacity < Math.min(count, built.most)) {
      built = null;
      built = new Built(count);
    }
    Tensor distances = Tensor.zeros(count, gaussians.height(), gaussians.width());
    for (int first = 0; first < count; first += built.capacity) {
      built.run(patches, first, Math.min(built.capacity, count - first), distances);
    }
    for (int i = 0; i < distances.size(); i++) {
      distances.data()[i] = (float) Math.sqrt(distances.data()[i]);
    }
    return distances;
  }

  /** The graph for one size of batches. */
  private final class Built {
    final int most;
    final int capacity;
    private final FloatArray patches;
    private final FloatArray squared;
    private final IntArray live = new IntArray(1);
    private final Device.Program program;

    Built(int count) {
      int positions = gaussians.positions();
      int dimension = gaussians.dimension();
      long constant = Copies.bytes(mean, factor);
      long each = (2L * dimension + 1) * positions * Float.BYTES;
      this.most = Copies.batch(device.free() - constant, each, (long) positions * dimension);
      this.capacity = Math.min(count, most);
      this.patches = Copies.room((long) capacity * positions * dimension);
      this.squared = Copies.room((long) capacity * positions);
      this.program = device.program("gaussians", this::addTo);
    }

    private long addTo(TaskGraphInterface graph) {
      FloatArray solved = Copies.room(patches.getSize());
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
          gaussians.positions(),
          gaussians.dimension(),
          Gaussians.LANES);
      graph.transferToHost(DataTransferMode.EVERY_EXECUTION, squared);
      return Copies.bytes(mean, factor, patches, solved, squared);
    }

    void run(Tensor all, int first, int count, Tensor distances) {
      int positions = gaussians.positions();
      int size = positions * gaussians.dimension();
      Copies.in(all.data(), first * size, count * size, patches, 0);
      live.set(0, count);
      program.run();
      Copies.out(squared, 0, distances.data(), first * positions, count * positions);
    }
  }
}
