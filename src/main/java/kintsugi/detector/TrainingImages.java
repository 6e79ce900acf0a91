package kintsugi.detector;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import kintsugi.image.ImageSource;
import kintsugi.image.Pixels;
import kintsugi.weights.StoredTensor;

/**
 * The images that a model was fitted to, each by 64 bits of a hash of its pixels, so that a
 * threshold or a figure that was found with one of them is noticed. The same image in another file
 * or container is the same.
 */
public final class TrainingImages {
  /** Those of a model that does not remember them, as files before format 4 do not. */
  public static final TrainingImages UNKNOWN = new TrainingImages(LongStream.empty());

  /** The tensor's name in a file: {@code I32 [N, 2]}, upper halves first, in ascending order. */
  private static final String TENSOR = "training_images";

  private static final int NAMED = 3;

  private final long[] digests;

  private TrainingImages(LongStream digests) {
    this.digests = digests.sorted().distinct().toArray();
  }

  static TrainingImages of(Collection<Long> digests) {
    return new TrainingImages(digests.stream().mapToLong(Long::longValue));
  }

  /**
   * {@return the first 64 bits of the SHA-256 of an image's width, its height and its RGB values}
   *
   * @param image upright
   */
  public static long digest(Pixels image) {
    return ByteBuffer.wrap(image.sha256()).getLong();
  }

  /** The same of the hash in hexadecimal digits. */
  static long digest(String sha256) {
    return ByteBuffer.wrap(HexFormat.of().parseHex(sha256)).getLong();
  }

  /** {@return how many different images are known} */
  public int count() {
    return digests.length;
  }

  /**
   * {@return whether the model was fitted to an image}
   *
   * @param image the image, upright, decoded by the model's choices
   */
  public boolean contains(Pixels image) {
    return digests.length > 0 && contains(digest(image));
  }

  /**
   * {@return whether the model was fitted to an image}
   *
   * @param digest of the image
   */
  public boolean contains(long digest) {
    return Arrays.binarySearch(digests, digest) >= 0;
  }

  /** These images and others. */
  TrainingImages with(LongStream others) {
    return new TrainingImages(LongStream.concat(LongStream.of(digests), others));
  }

  /** These images but for others. */
  TrainingImages without(LongStream others) {
    long[] sorted = others.sorted().toArray();
    return new TrainingImages(
        LongStream.of(digests).filter(digest -> Arrays.binarySearch(sorted, digest) < 0));
  }

  Set<Long> digests() {
    return Arrays.stream(digests).boxed().collect(Collectors.toSet());
  }

  /**
   * {@return the warning that names images the model was fitted to; empty if there are none}
   *
   * @param images those among the images of a calibration or an evaluation
   * @param flattered what looks better than it is, such as {@code the threshold}
   */
  public static Optional<String> notice(List<ImageSource> images, String flattered) {
    if (images.isEmpty()) {
      return Optional.empty();
    }
    String names =
        images.stream().limit(NAMED).map(ImageSource::name).collect(Collectors.joining(", "));
    return Optional.of(
        "the model was fitted to "
            + images.size()
            + " of the images, which flatters "
            + flattered
            + ": "
            + names
            + (images.size() > NAMED ? ", …" : "")
            + "; use images that it was not fitted to (normal)");
  }

  /** Adds these images to a file's tensors. */
  void storeIn(Map<String, StoredTensor> tensors) {
    if (digests.length == 0) {
      return;
    }
    int[] halves =
        Arrays.stream(digests)
            .flatMap(digest -> LongStream.of(digest >> Integer.SIZE, digest))
            .mapToInt(half -> (int) half)
            .toArray();
    tensors.put(TENSOR, StoredTensor.of(halves, digests.length, 2));
  }

  /**
   * Requires that a file has each image once, in ascending order, as they are written.
   *
   * @throws IllegalArgumentException if it has not
   */
  static void requireOrder(Map<String, StoredTensor> tensors) {
    TrainingImages images = storedIn(tensors);
    Map<String, StoredTensor> again = new HashMap<>();
    images.storeIn(again);
    StoredTensor stored = tensors.get(TENSOR);
    Recipe.require(
        stored == null
            || stored.bytes().duplicate().clear().equals(again.get(TENSOR).bytes().clear()),
        "its tensor " + TENSOR + " is not in ascending order, or has an image twice");
  }

  /**
   * {@return those of a file}
   *
   * @param tensors of the file
   * @throws IllegalArgumentException if the tensor has another shape
   */
  public static TrainingImages storedIn(Map<String, StoredTensor> tensors) {
    StoredTensor stored = tensors.get(TENSOR);
    if (stored == null) {
      return UNKNOWN;
    }
    long[] shape = stored.shape();
    if (shape.length != 2 || shape[1] != 2) {
      throw new IllegalArgumentException(
          "its tensor " + TENSOR + " has shape " + Arrays.toString(shape) + ", not [N, 2]");
    }
    return new TrainingImages(
        LongStream.range(0, shape[0])
            .map(
                n ->
                    (long) stored.get((int) (2 * n)) << Integer.SIZE
                        | (long) stored.get((int) (2 * n + 1)) & 0xffffffffL));
  }
}
