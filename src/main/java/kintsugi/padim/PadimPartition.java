package kintsugi.padim;

import java.util.Iterator;
import kintsugi.detector.Fit;

/**
 * What a fit of PaDiM has seen of one part of the images, in pieces that travel: blocks of sums by
 * position, which are added to those of other parts where they meet, and a small head with all the
 * rest. So a fit is spread over machines none of which holds it whole:
 *
 * <pre>{@code
 * worker   Fit fit = new PadimMethod().fit(session, recipe, seed); fit.add(images);
 *          PadimPartition part = PadimPartition.of(fit);         head, then blocks
 * anywhere sums.merge(others)                                    by GaussianSums.first
 * driver   PadimAssembly all = PadimAssembly.of(session, heads);
 * worker   all.factoring().factor(sums, engine, parallel)
 * driver   all.write(file, blocks)                               in the order of first
 * }</pre>
 *
 * <p>The file is the same to the byte as that of one fit to all images.
 */
public final class PadimPartition {
  private final PadimFit fit;
  private final GaussianAccumulator seen;

  private PadimPartition(PadimFit fit, GaussianAccumulator seen) {
    this.fit = fit;
    this.seen = seen;
  }

  /**
   * The parts of a fit.
   *
   * @param fit of PaDiM, which has seen an image ({@link Fit#count}); not to be used afterwards
   * @return its parts
   * @throws IllegalArgumentException if it is not a fit of PaDiM, has seen nothing, or continues a
   *     model
   */
  public static PadimPartition of(Fit fit) {
    if (!(fit instanceof PadimFit padim) || padim.count() == 0) {
      throw new IllegalArgumentException("a fit of PaDiM that has seen an image is needed");
    }
    GaussianAccumulator seen = padim.takeSums();
    return new PadimPartition(padim, seen);
  }

  /**
   * {@return all but the sums: recipe, seed, input size, weights, regions, counts and the digests
   * of the images, for {@link PadimAssembly#of}; some kB, and 8 bytes per image}
   *
   * @throws kintsugi.InputException if there is no room for a temporary file
   */
  public byte[] head() {
    return fit.bytes();
  }

  /** {@return how many positions the grid has} */
  public int positions() {
    return seen.height() * seen.width();
  }

  /** {@return elements of a patch embedding: a position has {@code D·(D+3)/2} sums} */
  public int dimension() {
    return seen.dimension();
  }

  /**
   * {@return the sums by blocks of consecutive positions, in their order, each released here as it
   * is returned; they can be asked for once}
   *
   * @param positions of a block, the same for all parts; the last block may have fewer
   */
  public Iterator<GaussianSums> blocks(int positions) {
    return seen.blocks(positions);
  }
}
