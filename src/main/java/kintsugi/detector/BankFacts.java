package kintsugi.detector;

/**
 * What a memory bank knows of itself.
 *
 * @param pictures learnt from
 * @param patches of those pictures
 * @param bankSize how many of the patches are kept
 * @param coveringRadius no patch is farther from the kept ones, in the space that they were chosen
 *     in; of a merged bank the largest of its parts
 * @param directions numbers of a patch in that space
 */
public record BankFacts(
    long pictures, long patches, int bankSize, double coveringRadius, int directions) {}
