package kintsugi.detector;

import java.util.BitSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
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
    ImageNotes notes = new ImageNotes();
    Iterator<FeatureBatch> batches = extractor(notes).batches(images, bar, () -> pass(notes));
    return StreamSupport.stream(
            Spliterators.spliteratorUnknownSize(batches, Spliterator.ORDERED), false)
        .flatMap(this::scored)
        .map(scored -> scored.requireFinite(recipe()))
        .onClose(bar::close);
  }

  /** How many images are scored at once. */
  final int imagesTogether() {
    return FeatureExtractor.images(recipe(), inputSize);
  }

  /** Sets the part of an image that is looked at, before the detector is used. */
  final AnomalyDetector within(FittedScope fitted) {
    scope = fitted;
    return this;
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
