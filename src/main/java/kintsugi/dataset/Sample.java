package kintsugi.dataset;

import java.nio.file.Path;

/**
 * A picture and what is known of it.
 *
 * @param file the picture
 * @param anomalous whether something is wrong in it
 */
public record Sample(Path file, boolean anomalous) {}
