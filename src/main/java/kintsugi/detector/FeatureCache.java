package kintsugi.detector;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import kintsugi.image.ImageSource;
import kintsugi.tensor.Tensor;

/**
 * The features of images for several fits and detectors that share preprocessing and feature
 * layers. Features are kept in memory up to a limit; those of further images, and of images that
 * are cut into tiles, are extracted again whenever they are asked for. Used by one thread at a
 * time.
 */
public final class FeatureCache {
  private final Session session;
  private final Recipe recipe;
  private final long limit;
  private final Map<ImageSource, Map<String, Tensor>> kept = new IdentityHashMap<>();
  private long bytes;
  private boolean keepsAll = true;
  private double secondsPerImage = Double.POSITIVE_INFINITY;
  private Optional<InputSize> inputSize = Optional.empty();

  /**
   * A cache that holds nothing yet.
   *
   * @param session the engine, the weights and the threads
   * @param recipe its preprocessing and its feature layers; no other choice matters
   * @param limit bytes of the features that are kept
   */
  public FeatureCache(Session session, Recipe recipe, long limit) {
    this.session = session;
    this.recipe = recipe;
    this.limit = limit;
  }

  /** {@return the size of the network's input, empty before the first image} */
  public Optional<InputSize> inputSize() {
    return inputSize;
  }

  /**
   * {@return seconds per image for reading it and for its features, in the fastest batch so far; 0
   * before the first image, and where features are computed as they are scored}
   */
  public double secondsPerImage() {
    return Double.isInfinite(secondsPerImage) ? 0 : secondsPerImage;
  }

  /** {@return whether the features of every image so far were kept} */
  public boolean keepsAll() {
    return keepsAll && !recipe.preprocessing().tiling().isCut();
  }

  /**
   * {@return the features of images in their order, a batch at a time, computed as they are asked
   * for; the batches have no pixels. The iterator throws an {@link kintsugi.InputException} at an
   * image that cannot be read or gets another size than the first}
   *
   * @param images the images
   */
  public Iterator<FeatureBatch> batches(List<? extends ImageSource> images) {
    if (recipe.preprocessing().tiling().isCut()) {
      return extracted(images);
    }
    List<List<ImageSource>> parts = new ArrayList<>();
    for (int from = 0; from < images.size(); from += FeatureExtractor.BATCH) {
      int to = Math.min(images.size(), from + FeatureExtractor.BATCH);
      parts.add(List.copyOf(images.subList(from, to)));
    }
    return parts.stream().map(this::batch).filter(batch -> !batch.sources().isEmpty()).iterator();
  }

  private FeatureBatch batch(List<ImageSource> images) {
    Map<ImageSource, Map<String, Tensor>> found = new IdentityHashMap<>();
    List<ImageSource> missing = images.stream().filter(image -> !kept.containsKey(image)).toList();
    if (!missing.isEmpty()) {
      extract(missing, found);
    }
    images.stream().filter(kept::containsKey).forEach(image -> found.put(image, kept.get(image)));
    List<ImageSource> readable = images.stream().filter(found::containsKey).toList();
    Map<String, Tensor> features = new LinkedHashMap<>();
    for (String tap : readable.isEmpty() ? List.<String>of() : recipe.taps()) {
      features.put(tap, joined(readable.stream().map(image -> found.get(image).get(tap)).toList()));
    }
    return new FeatureBatch(
        readable, List.of(), readable.isEmpty() ? null : Features.of(features, 1));
  }

  /** The features of images that are not kept. */
  private Iterator<FeatureBatch> extracted(List<? extends ImageSource> images) {
    ImageNotes notes = new ImageNotes();
    FeatureExtractor extractor =
        new FeatureExtractor(session, recipe, notes, inputSize, FittedScope.ALL, null);
    Iterator<FeatureBatch> batches =
        extractor.batches(
            images.iterator(), ImageCount.silent(), () -> notes.pass(session, recipe));
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return batches.hasNext();
      }

      @Override
      public FeatureBatch next() {
        FeatureBatch batch = batches.next();
        inputSize = extractor.inputSize();
        return batch;
      }
    };
  }

  private void extract(List<ImageSource> images, Map<ImageSource, Map<String, Tensor>> found) {
    long start = System.nanoTime();
    Iterator<FeatureBatch> batches = extracted(images);
    while (batches.hasNext()) {
      FeatureBatch batch = batches.next();
      for (Features.Part part : batch.features().parts()) {
        for (int n = 0; n < batch.sources().size(); n++) {
          put(batch.sources().get(n), part(part.layers(), n), found);
        }
      }
    }
    secondsPerImage = Math.min(secondsPerImage, (System.nanoTime() - start) / 1e9 / images.size());
  }

  private void put(
      ImageSource image,
      Map<String, Tensor> features,
      Map<ImageSource, Map<String, Tensor>> found) {
    long size = features.values().stream().mapToLong(t -> (long) t.size() * Float.BYTES).sum();
    if (bytes + size <= limit) {
      bytes += size;
      kept.put(image, features);
    } else {
      found.put(image, features);
      keepsAll = false;
    }
  }

  private static Map<String, Tensor> part(Map<String, Tensor> features, int n) {
    Map<String, Tensor> part = new LinkedHashMap<>();
    features.forEach((tap, layer) -> part.put(tap, layer.part(n)));
    return part;
  }

  /** Tensors {@code [h, w, C]} of one shape as {@code [N, h, w, C]}. */
  private static Tensor joined(List<Tensor> parts) {
    Tensor first = parts.getFirst();
    float[] all = new float[Math.multiplyExact(parts.size(), first.size())];
    for (int n = 0; n < parts.size(); n++) {
      System.arraycopy(parts.get(n).data(), 0, all, n * first.size(), first.size());
    }
    int[] shape = new int[first.rank() + 1];
    Arrays.setAll(shape, i -> i == 0 ? parts.size() : first.dim(i - 1));
    return Tensor.of(all, shape);
  }
}
