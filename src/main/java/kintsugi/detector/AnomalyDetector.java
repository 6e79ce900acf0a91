package kintsugi.detector;

import java.util.BitSet;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import kintsugi.InputException;
import kintsugi.image.ImageSource;
import kintsugi.image.TileGrid;
import kintsugi.tensor.Tensor;
import kintsugi.weights.StoredTensor;

/**
 * A method fitted to normal images, which scores new ones. It is immutable, and several threads may
 * score at once.
 */
public abstract class AnomalyDetector {
  private final Session session;
  private final InputSize inputSize;
  private FittedScope scope = FittedScope.ALL;
  private Scorer scorer;

  /** The detector of the fit, before images were taught to it. */
  private AnomalyDetector base = this;

  /** In the order in which they were taught. */
  private List<TaughtImage> taughtImages = List.of();

  /**
   * A detector.
   *
   * @param session the engine, the weights and the threads
   * @param inputSize the size that its images have to get
   */
  protected AnomalyDetector(Session session, InputSize inputSize) {
    this.session = session;
    this.inputSize = inputSize;
  }

  /** {@return the engine, the weights and the threads} */
  public final Session session() {
    return session;
  }

  /** {@return the size that its images have to get} */
  public final InputSize inputSize() {
    return inputSize;
  }

  /** {@return the choices it was fitted with} */
  public abstract Recipe recipe();

  /**
   * {@return the same detector with another recipe of the same feature layers}
   *
   * @param recipe of the same class
   */
  public abstract AnomalyDetector with(Recipe recipe);

  /** {@return the summary of the fit} */
  public abstract FitSummary summary();

  /** {@return the tensors from which it scores again with the same bits} */
  public abstract Map<String, StoredTensor> tensors();

  /**
   * {@return a fit that continues from here, without the images this one was fitted to}
   *
   * @param seed of the fit
   */
  public abstract Fit resume(long seed);

  /** {@return the failure of what needs a fit of its own where a model is another program's} */
  protected static InputException adopted() {
    return new InputException(
        "the model was imported, and another program's file does not keep what a fit continues with;"
            + " fit normal images instead");
  }

  /**
   * {@return the patches that the detector would take in of an image that is taught to it}
   *
   * @param image the only one of its batch
   * @param seed of the fit
   * @throws kintsugi.InputException if the method cannot be taught, or the image's features are not
   *     finite
   */
  protected TaughtImage.Kept keep(FeatureBatch image, long seed) {
    throw new InputException(recipe().name() + ": this method cannot be taught; fit again");
  }

  /**
   * {@return this detector with some images taught to it; what {@link #keep} returned of them was
   * returned by this detector}
   *
   * @param taughtImages in an order that their images alone decide
   * @throws IllegalArgumentException if their patches do not fit
   */
  protected AnomalyDetector taught(List<TaughtImage> taughtImages) {
    throw new IllegalArgumentException(recipe().name() + " cannot be taught");
  }

  /** {@return the tiles of an image, each an input of the network; one where it is not cut} */
  public final TileGrid tiles() {
    return recipe().tiles(inputSize);
  }

  /**
   * Scores a batch: the method itself, step by step.
   *
   * @param features of the recipe's feature layers
   * @return the scores and every intermediate result
   */
  public abstract Scores score(Features features);

  /**
   * Scores a batch whose features are computed already.
   *
   * @param features {@code [N·T, h, w, C]} of each of the recipe's feature layers, for all {@code
   *     T} tiles of every image
   * @return the scores and every intermediate result
   */
  public final Scores score(Map<String, Tensor> features) {
    return score(Features.of(features, tiles().count()));
  }

  /**
   * {@return the image scores of a batch whose scores are known by a detector of the same fit, with
   * a recipe that differs at most in how patch distances become the image score}
   *
   * @param features of the recipe's feature layers
   * @param known the batch's scores by that detector
   */
  public double[] imageScores(Features features, Scores known) {
    return score(features).images();
  }

  /** {@return the steps of scoring for a trace, and how they are explained} */
  public abstract Inspector inspector();

  /**
   * Scores one image; any number of threads may ask at once, and images that wait are scored as one
   * batch.
   *
   * @param image the image
   * @return its scores
   * @throws kintsugi.InputException if it cannot be read, gets another size than the detector's, or
   *     its score is not finite
   */
  public final Scored score(ImageSource image) {
    return scorer().score(image).requireFinite(recipe());
  }

  private synchronized Scorer scorer() {
    scorer = scorer == null ? new Scorer(this) : scorer;
    return scorer;
  }

  /**
   * Scores images in their order, a batch at a time, as the results are asked for; memory is
   * bounded by a batch. To be closed, which ends the progress display.
   *
   * @param images the images
   * @param task the name of the work for the progress display
   * @return the results in the images' order; the stream throws {@link kintsugi.InputException} at
   *     the first image that cannot be read, unless the session leaves those out, that gets another
   *     size than the detector's, or whose score is not finite
   */
  public final Stream<Scored> score(List<? extends ImageSource> images, String task) {
    return score(images.iterator(), session.options().progress().start(task, images.size()));
  }

  /**
   * Scores images in their order, as {@link #score(List, String)} does, without progress.
   *
   * @param images the images
   * @return the results in the images' order
   */
  public final Stream<Scored> score(Iterator<? extends ImageSource> images) {
    return score(images, Progress.SILENT.start("", 0));
  }

  private Stream<Scored> score(Iterator<? extends ImageSource> images, Progress.Bar bar) {
    ImageCount count = ImageCount.ofScored(bar);
    return batches(images, count)
        .flatMap(this::scored)
        .map(scored -> scored.requireFinite(recipe()))
        .peek(scored -> count.handOut())
        .onClose(bar::close);
  }

  private Stream<FeatureBatch> batches(Iterator<? extends ImageSource> images, ImageCount count) {
    ImageNotes notes = new ImageNotes();
    Iterator<FeatureBatch> batches = extractor(notes).batches(images, count, () -> pass(notes));
    return StreamSupport.stream(
        Spliterators.spliteratorUnknownSize(batches, Spliterator.ORDERED), false);
  }

  /**
   * Scores images by several detectors of one fit, to which other images were taught: with the same
   * features, unless they know other patches.
   *
   * @param task the name of the work for the progress display
   * @param scored takes a detector and its scores of an image
   */
  static void score(
      List<AnomalyDetector> detectors,
      List<? extends ImageSource> images,
      String task,
      BiConsumer<AnomalyDetector, Scored> scored) {
    AnomalyDetector first = detectors.getFirst();
    if (detectors.stream().anyMatch(each -> !Objects.equals(each.learnt(), first.learnt()))) {
      detectors.forEach(each -> score(List.of(each), images, task, scored));
      return;
    }
    try (Progress.Bar bar = first.session.options().progress().start(task, images.size())) {
      first
          .batches(images.iterator(), ImageCount.of(bar))
          .map(FeatureBatch::kept)
          .forEachOrdered(
              batch ->
                  detectors.forEach(
                      detector ->
                          detector
                              .scored(batch)
                              .map(each -> each.requireFinite(detector.recipe()))
                              .forEachOrdered(each -> scored.accept(detector, each))));
    }
  }

  /** The detector of the fit, before images were taught to it. */
  final AnomalyDetector base() {
    return base;
  }

  /** The images that were taught, in the order in which they were. */
  final List<TaughtImage> taughtImages() {
    return taughtImages;
  }

  /**
   * The detector of the fit with other images taught to it. Their order changes no bit.
   *
   * @param all of them, in the order in which they were taught
   */
  final AnomalyDetector withTaught(List<TaughtImage> all) {
    if (all.isEmpty()) {
      return base;
    }
    List<TaughtImage> sorted =
        all.stream()
            .sorted(Comparator.comparing(taughtImage -> taughtImage.entry().pixelsSha256()))
            .toList();
    AnomalyDetector made = base.taught(sorted).within(scope);
    made.base = base;
    made.taughtImages = List.copyOf(all);
    return made;
  }

  /** The same detector with a recipe for images of other sizes. */
  final AnomalyDetector forImages(Recipe other) {
    AnomalyDetector made = with(other).within(scope);
    made.base = base == this ? made : base.forImages(other);
    made.taughtImages = taughtImages;
    return made;
  }

  /**
   * What the detector of the fit takes in of an image, and the image's scores by this one.
   *
   * @throws InputException if the image cannot be read, gets another size than the detector's, or
   *     none of its patches is in its region
   */
  final Studied study(ImageSource source, long seed) {
    ImageNotes notes = new ImageNotes();
    // As a fit does, also where no image showed a position yet.
    FeatureExtractor extractor =
        new FeatureExtractor(session, recipe(), notes, Optional.of(inputSize), scope, null);
    FeatureExtractor.Prepared prepared = extractor.prepare(source);
    pass(notes);
    FeatureBatch batch = extractor.extract(List.of(prepared)).kept();
    TaughtImage.Kept kept = session.exclusively(() -> base.keep(batch, seed));
    return new Studied(
        learnt() == null
            ? scored(batch).findFirst().orElseThrow().requireFinite(recipe())
            : score(source),
        kept);
  }

  /** An image with its scores, and what a detector takes in of it. */
  record Studied(Scored scored, TaughtImage.Kept kept) {}

  /** How many images are scored at once. */
  final int imagesTogether() {
    return FeatureExtractor.images(recipe(), inputSize);
  }

  /** Sets the part of an image that is looked at, before the detector is used. */
  final AnomalyDetector within(FittedScope fitted) {
    scope = fitted;
    return this;
  }

  /**
   * {@return whether all of every image is looked at as it is: no region, no foreground, no
   * alignment, and no position that was never learnt}
   */
  public final boolean seesWholeImages() {
    return scope.isWhole() && learnt() == null;
  }

  /** The part of an image that is looked at. */
  final FittedScope scope() {
    return scope;
  }

  /**
   * {@return the patches that can be scored, over the grids of all tiles; null for all}
   *
   * <p>A method that learns each position by itself leaves out those which no image showed.
   */
  protected BitSet learnt() {
    return null;
  }

  /** The way to this detector's features. */
  final FeatureExtractor extractor(ImageNotes notes) {
    return new FeatureExtractor(session, recipe(), notes, Optional.of(inputSize), scope, learnt());
  }

  /** Passes on what is to be said of image files. */
  final void pass(ImageNotes notes) {
    notes.pass(session, recipe());
  }

  /** Scores a batch of features while no other work is on the engine. */
  final Stream<Scored> scored(FeatureBatch batch) {
    Scores aligned = session.exclusively(() -> score(batch.features()));
    Scores scores = aligned.inside().inPlace(aligned, batch.images(), recipe().preprocessing());
    return IntStream.range(0, batch.sources().size())
        .mapToObj(n -> new Scored(batch.sources().get(n), batch.images().get(n), scores, n));
  }
}
