package kintsugi.padim;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Iterator;
import kintsugi.InputException;
import kintsugi.detector.Fit;
import kintsugi.detector.Session;
import kintsugi.engine.Gaussians;
import kintsugi.weights.StoredTensor;

/**
 * A fit of PaDiM put together from its parts on other machines ({@link PadimPartition}). The model
 * is written block by block and never held whole.
 */
public final class PadimAssembly {
  private final PadimFit fit;
  private final GaussianAccumulator seen;

  private PadimAssembly(PadimFit fit) {
    this.fit = fit;
    this.seen = fit.heads();
  }

  /**
   * An assembly.
   *
   * @param session the weights of the parts; its engine is not used
   * @param heads of all parts, in any order
   * @return the assembly
   * @throws InputException if a part belongs to other weights, or there is none, or all have fewer
   *     than two images
   * @throws IllegalArgumentException if the parts differ in their choices, seed, size or regions
   */
  public static PadimAssembly of(Session session, Iterable<byte[]> heads) {
    Fit all = null;
    for (byte[] head : heads) {
      Fit part = Fit.of(head, session);
      if (all == null) {
        all = part;
      } else {
        all.merge(part);
      }
    }
    if (all == null) {
      throw new InputException("no image could be read; name normal images (train)");
    }
    ((PadimFit) all).requireImages();
    return new PadimAssembly((PadimFit) all);
  }

  /** {@return images that all parts saw} */
  public long images() {
    return fit.count();
  }

  /** {@return the step from the sums of all parts to Gaussians, for the workers} */
  public CovarianceFactoring factoring() {
    return CovarianceFactoring.of(fit.epsilon(), seen.width(), seen.counts());
  }

  /**
   * Writes the model file, whole or not at all. Its factors are gathered in a file in the same
   * folder, as large as the model, which is removed; memory holds one block.
   *
   * @param file the model; one that is there is replaced
   * @param blocks what {@link CovarianceFactoring#factor} made of the sums of all parts, by
   *     ascending {@link CovarianceFactoring.Block#first}, one after the other
   * @throws InputException if the file cannot be written, or is there and is not a model
   * @throws IllegalArgumentException if a block is missing or in another's place, or its sums are
   *     not of the images that the heads counted
   */
  public void write(Path file, Iterator<CovarianceFactoring.Block> blocks) {
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      Path gathered =
          Files.createTempFile(file.toAbsolutePath().getParent(), ".kintsugi-", ".factors");
      try {
        write(file, blocks, gathered);
      } finally {
        Files.deleteIfExists(gathered);
      }
    } catch (IOException e) {
      throw new InputException(file + ": cannot be written (" + e.getMessage() + ")", e);
    }
  }

  private void write(Path file, Iterator<CovarianceFactoring.Block> blocks, Path gathered)
      throws IOException {
    int positions = seen.height() * seen.width();
    int d = seen.dimension();
    int length = Gaussians.triangle(d);
    long bytes = PadimTensors.requireStorable(positions, length);
    float[] mean = new float[positions * d];
    double[] conditions = new double[positions];
    int[] ranks = new int[positions];
    int next = 0;
    // Unix removes the name at once, so that a run that is killed leaves nothing.
    try (FileChannel channel =
        FileChannel.open(
            gathered,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            StandardOpenOption.DELETE_ON_CLOSE)) {
      ByteBuffer row = ByteBuffer.allocate(length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      while (blocks.hasNext()) {
        CovarianceFactoring.Block block = blocks.next();
        int n = block.factors().length;
        require(block.first() == next && next + n <= positions, next, block.first());
        requireCounts(block);
        System.arraycopy(block.mean(), 0, mean, next * d, n * d);
        System.arraycopy(block.conditions(), 0, conditions, next, n);
        System.arraycopy(block.ranks(), 0, ranks, next, n);
        for (float[] factor : block.factors()) {
          row.clear().asFloatBuffer().put(factor);
          while (row.hasRemaining()) {
            channel.write(row);
          }
        }
        next += n;
      }
      require(next == positions, next, positions);
      StoredTensor factors =
          new StoredTensor(
              StoredTensor.Type.F32,
              new long[] {positions, length},
              channel.map(FileChannel.MapMode.READ_ONLY, 0, bytes));
      fit.write(
          file,
          factoring().summary(seen.count(), d, conditions, ranks),
          StoredTensor.of(mean, seen.height(), seen.width(), d),
          factors);
    }
  }

  private static void require(boolean condition, int wanted, int found) {
    if (!condition) {
      throw new IllegalArgumentException(
          "the block of position " + found + " comes where that of " + wanted + " is needed");
    }
  }

  /** Heads and sums travel apart: a part's sums that were lost, or came twice, show here. */
  private void requireCounts(CovarianceFactoring.Block block) {
    for (int i = 0; i < block.factors().length; i++) {
      long counted = seen.counts().at(block.first() + i);
      if (block.counts()[i] != counted) {
        throw new IllegalArgumentException(
            "the sums of position "
                + (block.first() + i)
                + " are of "
                + block.counts()[i]
                + " images where the parts counted "
                + counted);
      }
    }
  }
}
