/**
 * Ten exercises: each class is one empty method of the two papers or of the network's arithmetic.
 *
 * <p>Replace the {@code throw} by your own code, in plain Java, and run {@code ./kintsugi mark}.
 */
package exercises;
