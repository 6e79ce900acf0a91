package exercises;

/** Exercise 4: the greedy choice of a coreset (PatchCore, algorithm 1). */
public final class KCenter {
  private KCenter() {}

  /**
   * Begins with row 0. Then the next is, again and again, the row whose distance to its nearest
   * chosen row is the largest; of equal ones that with the lowest index:
   *
   * <pre>{@code
   * next = argmax_i min_{c chosen} ‖rows(i) − rows(c)‖
   * }</pre>
   *
   * <p>It ends with {@code count} rows, or earlier where the largest of these distances is 0.
   *
   * <p>Source: Roth et al., <i>Towards Total Recall in Industrial Anomaly Detection</i>, 2021,
   * algorithm 1.
   *
   * @param rows {@code [N, D]}: patch embeddings
   * @param count the rows to choose, at least 1
   * @return the indices, in the order in which they are chosen
   */
  public static int[] choose(float[][] rows, int count) {
    throw new UnsupportedOperationException("write KCenter");
  }
}
