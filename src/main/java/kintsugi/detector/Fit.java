package kintsugi.detector;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import kintsugi.AtomicOutput;
import kintsugi.InputException;
import kintsugi.Sha256;
import kintsugi.image.Decoding;
import kintsugi.image.ImageSource;
import kintsugi.image.TargetSize;
import kintsugi.tensor.Tensor;
import kintsugi.weights.StoredTensor;

/**
 * A fit under way. It takes in normal images, a batch at a time; it can be saved and continued, and
 * merged with fits of other images; it ends in a {@link Model}. Used by one thread at a time.
 */
public abstract class Fit implements AutoCloseable {
  private final Session session;
  private final long seed;
  private final ImageNotes notes = new ImageNotes();
  private Recipe recipe;
  private Optional<InputSize> inputSize;
  private String sizes = "";
  private FittedScope scope;
  private final ScopeNotes scopeNotes = new ScopeNotes();

  /** The digests of the tensors of the files that this fit comes from. */
  private final Set<String> loaded = new HashSet<>();

  /** The makers of the files that this fit comes from; empty of one that does not say. */
  private final Set<Optional<Maker>> makers = new HashSet<>();

  /** Whether this session's engine had a part in it. */
  private boolean computes;

  /** The digests of the images seen. */
  private final Set<Long> seen = new HashSet<>();

  /** Lines of {@code sha256sum}. */
  private final Set<String> trainingFiles = new HashSet<>();

  private boolean toBeSaved;
  private boolean keepsTrainingFiles;
  private String origin = "";
  private double extractSeconds;
  private double fitSeconds;

  /**
   * A fit.
   *
   * @param session the engine, the weights and the threads
   * @param recipe the choices
   * @param seed fixes every draw
   * @param inputSize the size that every image has to get; empty lets the first image decide
   */
  protected Fit(Session session, Recipe recipe, long seed, Optional<InputSize> inputSize) {
    this.session = session;
    this.recipe = recipe;
    this.seed = seed;
    this.inputSize = inputSize;
  }

  /** {@return the engine, the weights and the threads} */
  protected final Session session() {
    return session;
  }

  /**
   * {@return the choices; a size that follows from the images ({@link TargetSize.Auto}) becomes an
   * exact one with the first of them}
   */
  public final Recipe recipe() {
    return recipe;
  }

  /** {@return what fixes every draw} */
  public final long seed() {
    return seed;
  }

  /** {@return the size of the images seen, empty before the first} */
  public final Optional<InputSize> inputSize() {
    return inputSize;
  }

  /**
   * {@return a line on the input size where it followed from the images, such as {@code images of
   * 211x372 to 530x260, input 288x224}}
   */
  public final Optional<String> sizes() {
    return sizes.isEmpty() ? Optional.empty() : inputSize.map(size -> sizes + ", input " + size);
  }

  /** {@return images seen so far} */
  public abstract long count();

  /**
   * Releases what a fit that is given up holds, such as a temporary file; does nothing after {@link
   * #finish}.
   */
  @Override
  public void close() {}

  /** {@return the folder of the last images as a message begins, or nothing} */
  protected final String origin() {
    return origin;
  }

  /** {@return seconds spent on reading images and in the backbone} */
  public final double extractSeconds() {
    return extractSeconds;
  }

  /** {@return seconds spent on everything after the backbone} */
  public final double fitSeconds() {
    return fitSeconds;
  }

  /**
   * Announces that the fit will be saved, which needs more heap than a model; {@link #add} then
   * says before its work where there is not enough.
   */
  public final void expectSave() {
    toBeSaved = true;
  }

  /**
   * Keeps name and hash of every image file from here on, which the model lists ({@link
   * Provenance#trainingFiles}).
   */
  public final void keepTrainingFiles() {
    keepsTrainingFiles = true;
  }

  /**
   * Takes in more normal images, in the order of a hash of their content where the recipe {@link
   * Recipe#ordersImages orders} them.
   *
   * @param given the images
   * @throws InputException if one cannot be read, unless the session leaves those out, or has
   *     another size, or its features are not finite, or Java's heap is too small for the fit
   */
  public final void add(List<? extends ImageSource> given) {
    origin =
        given.stream()
            .findFirst()
            .flatMap(ImageSource::file)
            .map(file -> file.toAbsolutePath().getParent() + ": ")
            .orElse("");
    long start = System.nanoTime();
    List<? extends ImageSource> images = prepared(given);
    double before = fitSeconds;
    fixScope(images);
    FeatureExtractor extractor = extractor(scope);
    int remaining = images.size();
    long all = count() + remaining;
    inputSize
        .or(() -> InputSize.fixed(recipe.preprocessing()))
        .ifPresent(size -> requireHeap(size, all));
    extractor.beforeFirst(size -> requireHeap(size, all));
    try (Progress.Bar bar = session.options().progress().start("fit", images.size())) {
      Iterator<FeatureBatch> batches =
          extractor.batches(images.iterator(), ImageCount.of(bar), () -> {});
      while (batches.hasNext()) {
        FeatureBatch batch = batches.next();
        inputSize = extractor.inputSize();
        long fitting = System.nanoTime();
        computes = true;
        add(batch, remaining);
        scopeNotes.add(batch.features().inside(), batch.sources().size());
        batch.images().forEach(image -> seen.add(TrainingImages.digest(image)));
        if (keepsTrainingFiles) {
          batch.sources().forEach(source -> trainingFiles.add(line(source)));
        }
        fitSeconds += (System.nanoTime() - fitting) / 1e9 - batch.features().seconds();
        remaining -= batch.sources().size();
      }
    }
    extractSeconds += (System.nanoTime() - start) / 1e9 - (fitSeconds - before);
  }

  private String line(ImageSource image) {
    Decoding decoding =
        recipe.preprocessing().decoding().withMaxPixels(session.options().maxPixels());
    return Sha256.line(image.key(decoding).hash(), image.name());
  }

  /** The images in the recipe's order, once the size that follows from them is known. */
  private List<? extends ImageSource> prepared(List<? extends ImageSource> images) {
    boolean sized = recipe.preprocessing().resize() instanceof TargetSize.Auto;
    if (!sized && !recipe.ordersImages()) {
      return images;
    }
    TrainingList list = TrainingList.of(images, session, recipe);
    if (recipe.preprocessing().resize() instanceof TargetSize.Auto rule) {
      list.size(rule)
          .ifPresent(
              size -> {
                recipe = Choices.resized(recipe, size);
                sizes = list.sizes();
              });
    }
    return recipe.ordersImages() ? list.ordered() : images;
  }

  /**
   * Takes in normal images whose features are known. The model will not remember these images.
   *
   * @param size of the network's input
   * @param batch the features of the recipe's layers, and perhaps of others
   * @param remaining how many images are still to come at most, this batch's among them
   * @throws InputException if the images have another size than those before, or features that are
   *     not finite, or Java's heap is too small for the fit
   */
  public final void addFeatures(InputSize size, FeatureBatch batch, int remaining) {
    if (inputSize.isEmpty()) {
      requireHeap(size, count() + remaining);
      inputSize = Optional.of(size);
    }
    if (!inputSize.equals(Optional.of(size))) {
      throw new InputException(
          batch.sources().getFirst().name()
              + ": its features are of "
              + size
              + " where "
              + size(this)
              + " is needed");
    }
    long start = System.nanoTime();
    Features own = batch.features().only(recipe.taps());
    computes = true;
    add(new FeatureBatch(batch.sources(), batch.images(), own), remaining);
    fitSeconds += (System.nanoTime() - start) / 1e9 - own.seconds();
  }

  /**
   * {@return the parts that a fit to some images would look at, one after the other, without
   * learning anything}
   *
   * @param images all that the fit would learn from
   * @param count of the images that are looked at, from the first on
   * @throws InputException if the scope does not fit the first image by name
   */
  public final Stream<Look> look(List<? extends ImageSource> images, int count) {
    prepared(images);
    fixScope(images);
    FeatureExtractor extractor = extractor(scope);
    return images.stream().limit(count).map(extractor::look);
  }

  /** Until an image was seen, the next ones decide: before, none of them may have been readable. */
  private void fixScope(List<? extends ImageSource> images) {
    if (scope == null || count() == 0) {
      scope = extractor(FittedScope.ALL).fixed(session.scope(), images);
    }
  }

  private FeatureExtractor extractor(FittedScope within) {
    return new FeatureExtractor(session, recipe, notes, inputSize, within, null);
  }

  private void requireHeap(InputSize size, long images) {
    long bytes;
    try {
      bytes = heap(size, images) + Heap.backbone(recipe, size, images);
      if (toBeSaved) {
        bytes = Math.max(bytes, heapToSave(size, images) + Heap.backbone(recipe, size, images));
      }
    } catch (IllegalArgumentException e) {
      // Too small for the network, which the first image's message says better.
      return;
    }
    Heap.require(
        origin + "a fit of " + recipe.name() + " to " + images + " images at " + size,
        bytes,
        lighter());
  }

  /**
   * {@return the minimum of bytes that the fit will hold in the heap, in addition to the backbone
   * and its activations}
   *
   * @param size of the network's input
   * @param images how many in all
   * @throws InputException if the fit cannot end well for another reason
   * @throws IllegalArgumentException if the size is too small for the network
   */
  protected long heap(InputSize size, long images) {
    return 0;
  }

  /**
   * {@return the minimum of bytes that the fit will hold in the heap while it is saved: what it is
   * in, and the tensors of its file}
   *
   * @param size of the network's input
   * @param images how many in all
   * @throws IllegalArgumentException if the size is too small for the network
   */
  protected long heapToSave(InputSize size, long images) {
    return 0;
  }

  /** {@return what needs less heap, as the end of a sentence} */
  protected String lighter() {
    return ", or make the images smaller (resize)";
  }

  /**
   * Takes in a batch.
   *
   * @param batch the features
   * @param remaining how many images are still to come at most, this batch's among them
   */
  protected abstract void add(FeatureBatch batch, int remaining);

  /**
   * Takes in what another fit with the same choices has seen.
   *
   * @param other a fit of the same recipe and seed; not to be used afterwards
   * @throws IllegalArgumentException if it is the same fit, or comes from a file with the same
   *     tensors, or its choices, its seed or its images' size differ
   */
  public final void merge(Fit other) {
    if (other == this || !Collections.disjoint(loaded, other.loaded)) {
      throw new IllegalArgumentException("it is the same fit, whose images would count twice");
    }
    requireSameSize(other);
    if (!other.recipe.equals(recipe) || other.seed != seed) {
      throw new IllegalArgumentException(
          "it was fitted with other choices ("
              + Choices.of(other.recipe)
              + ", seed "
              + other.seed
              + ") than the first ("
              + Choices.of(recipe)
              + ", seed "
              + seed
              + ")");
    }
    if (!other.inputSize.equals(inputSize)) {
      throw new IllegalArgumentException(
          "its images became "
              + size(other)
              + ", those of the first "
              + size(this)
              + "; choose one size for all of them (size)");
    }
    if (inputSize.isEmpty()) {
      return;
    }
    if (!scope().isSame(other.scope())) {
      throw new IllegalArgumentException(
          "it looked at other regions than the first, or was aligned with another image");
    }
    long start = System.nanoTime();
    take(other);
    loaded.addAll(other.loaded);
    makers.addAll(other.makers());
    seen.addAll(other.seen);
    trainingFiles.addAll(other.trainingFiles);
    fitSeconds += (System.nanoTime() - start) / 1e9;
  }

  /** Fits of one recipe whose images led to different sizes. */
  private void requireSameSize(Fit other) {
    TargetSize own = recipe.preprocessing().resize();
    TargetSize theirs = other.recipe.preprocessing().resize();
    if (!own.equals(theirs)
        && other.seed == seed
        && other.recipe.method().equals(recipe.method())
        && Choices.resized(other.recipe, own).equals(recipe)) {
      throw new IllegalArgumentException(
          "its images became "
              + theirs
              + ", those of the first "
              + own
              + "; choose one size for all of them (size)");
    }
  }

  private void passNotes() {
    notes.pass(session, recipe);
    scopeNotes.looked().ifPresent(session::notice);
    scope().reference().map(scopeNotes::moved).ifPresent(session::notice);
  }

  private FittedScope scope() {
    return scope == null ? FittedScope.ALL : scope;
  }

  private static String size(Fit fit) {
    return fit.inputSize.map(InputSize::toString).orElse("nothing yet");
  }

  /**
   * Takes in what another fit of the same class has seen.
   *
   * @param other a fit with the same choices
   */
  protected abstract void take(Fit other);

  /**
   * Ends the fit, which is not to be used afterwards.
   *
   * @return the model, not calibrated yet
   * @throws InputException if too few images were seen
   */
  public final Model finish() {
    passNotes();
    long start = System.nanoTime();
    AnomalyDetector detector = end().with(recipe).within(scope());
    fitSeconds += (System.nanoTime() - start) / 1e9;
    String weights = session.weights().fingerprint();
    return new Model(
        detector,
        Optional.empty(),
        weights,
        seed,
        TrainingImages.of(seen),
        List.of(),
        provenance());
  }

  private Provenance provenance() {
    return Provenance.of(Maker.united(makers()), trainingFiles);
  }

  private Set<Optional<Maker>> makers() {
    Set<Optional<Maker>> all = new HashSet<>(makers);
    if (computes || all.isEmpty()) {
      all.add(Optional.of(Maker.of(session)));
    }
    return all;
  }

  /** {@return the fitted detector} */
  protected abstract AnomalyDetector end();

  /** {@return the tensors from which the fit continues with the same bits} */
  protected abstract Map<String, StoredTensor> tensors();

  /**
   * Throws unless a fit can be saved to a file: there is nothing, or a partial fit, which it
   * replaces.
   *
   * @param file the file
   * @throws InputException if something else is there
   */
  public static void requirePlace(Path file) {
    FitFile.requirePlace(file, FitFile.PARTIAL);
  }

  /**
   * Writes the fit to a file, whole or not at all.
   *
   * @param file the file; a partial fit is replaced
   * @throws InputException if nothing was seen yet, or the file cannot be written, or is there and
   *     is not a partial fit
   */
  public final void save(Path file) {
    if (count() == 0) {
      throw new InputException(file + ": there is nothing to save, no image could be read");
    }
    passNotes();
    write(file, FitFile.PARTIAL, scope().metadata(), tensors());
  }

  /**
   * {@return what {@link #save} writes, for a fit that travels}
   *
   * @throws InputException if nothing was seen yet, or there is no room for a temporary file
   */
  public final byte[] bytes() {
    return withTemporaryFile(
        file -> {
          Files.delete(file);
          save(file);
          return Files.readAllBytes(file);
        });
  }

  /**
   * {@return the fit that {@link #bytes} stored}
   *
   * @param saved the bytes
   * @param session the engine, the weights and the threads
   * @throws InputException if they belong to other weights, or there is no room for a temporary
   *     file
   */
  public static Fit of(byte[] saved, Session session) {
    return withTemporaryFile(
        file -> {
          Files.write(file, saved);
          return load(file, session);
        });
  }

  /** The work on a file. */
  private interface FileWork<T> {
    T on(Path file) throws IOException;
  }

  private static <T> T withTemporaryFile(FileWork<T> work) {
    try {
      Path file = Files.createTempFile("kintsugi-", ".fit");
      try {
        return work.on(file);
      } finally {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new InputException(
          System.getProperty("java.io.tmpdir")
              + ": has no room for a small file ("
              + AtomicOutput.reason(e)
              + "); name another folder by the system property java.io.tmpdir",
          e);
    }
  }

  /**
   * Writes the model of this fit without a detector, whole or not at all: for a method whose
   * tensors are computed elsewhere.
   *
   * @param file the file; a model is replaced
   * @param summary what {@link AnomalyDetector#summary} would return
   * @param tensors what {@link AnomalyDetector#tensors} would return
   * @throws InputException if the file cannot be written, or is there and is not a model
   */
  protected final void writeModel(
      Path file, FitSummary summary, Map<String, StoredTensor> tensors) {
    Map<String, String> more = new LinkedHashMap<>();
    more.put(Model.SUMMARY, RecordJson.write((Record) summary));
    more.putAll(scope().metadata());
    write(file, FitFile.MODEL, more, tensors);
  }

  private void write(
      Path file, String kind, Map<String, String> more, Map<String, StoredTensor> own) {
    String weights = session.weights().fingerprint();
    FitHeader header = new FitHeader(recipe, inputSize.orElseThrow(), seed, weights);
    Map<String, StoredTensor> tensors = new LinkedHashMap<>(own);
    TrainingImages.of(seen).storeIn(tensors);
    scope().storeIn(tensors);
    Map<String, String> all = new LinkedHashMap<>(more);
    provenance().storeIn(all, tensors);
    new FitFile(kind, header, all, tensors).write(file);
  }

  /**
   * {@return a saved fit where it stopped, or one that continues a model}
   *
   * @param file what {@link #save} or {@link Model#save} wrote
   * @param session the engine, the weights and the threads
   * @throws InputException if the file is neither, is damaged, or belongs to other weights
   */
  public static Fit load(Path file, Session session) {
    return FitFile.read(file, session, stored -> of(stored, session));
  }

  private static Fit of(FitFile stored, Session session) {
    FitHeader header = stored.header();
    boolean finished = stored.kind().equals(FitFile.MODEL);
    Fit fit =
        finished
            ? resumed(Model.of(stored, session))
            : Methods.named(header.recipe().method()).readFit(session, header, stored.tensors());
    fit.scope = FittedScope.storedIn(stored);
    fit.loaded.add(FitDigest.of(Map.of(), Model.fitted(stored)));
    Provenance provenance = Provenance.storedIn(stored);
    fit.makers.add(provenance.fittedBy());
    fit.trainingFiles.addAll(provenance.trainingFiles());
    fit.seen.addAll(TrainingImages.storedIn(stored.tensors()).digests());
    return fit;
  }

  private static Fit resumed(Model model) {
    int taught = model.taught().size();
    if (taught > 0) {
      model
          .detector()
          .session()
          .notice(
              "the fit continues with the "
                  + taught
                  + " images that were taught to the model; its history ends here, so that they"
                  + " cannot be undone any more");
    }
    return model.detector().resume(model.seed());
  }

  /**
   * Looks for features that are not finite, tile by tile.
   *
   * @param batch the images
   * @param patches embeddings of a part of their features, {@code [N·k, h, w, D]}
   * @throws InputException naming the first image and the place
   */
  public static void requireFinite(FeatureBatch batch, Tensor patches) {
    int size = patches.size() / patches.dim(0);
    int tiles = patches.dim(0) / batch.sources().size();
    for (int n = 0; n < patches.dim(0); n++) {
      float sum = 0;
      for (int i = n * size; i < (n + 1) * size; i++) {
        sum += patches.data()[i] * 0;
      }
      if (!(sum == 0)) {
        throw notFinite(batch.sources().get(n / tiles), patches, n * size);
      }
    }
  }

  private static InputException notFinite(ImageSource image, Tensor patches, int start) {
    int at = start;
    while (Float.isFinite(patches.data()[at])) {
      at++;
    }
    int patch = (at - start) / patches.dim(3);
    return new InputException(
        image.name()
            + ": its features are not finite ("
            + patches.data()[at]
            + " at patch row "
            + patch / patches.dim(2)
            + ", column "
            + patch % patches.dim(2)
            + "); the weights are damaged or belong to another network");
  }
}
