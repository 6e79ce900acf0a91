package kintsugi;

import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import kintsugi.dataset.Duplicates;
import kintsugi.dataset.ImageFolder;
import kintsugi.dataset.Role;
import kintsugi.dataset.Sample;
import kintsugi.detector.Calibration;
import kintsugi.detector.Fit;
import kintsugi.detector.Methods;
import kintsugi.detector.Model;
import kintsugi.detector.Prediction;
import kintsugi.detector.Progress;
import kintsugi.detector.Recipe;
import kintsugi.detector.Scope;
import kintsugi.detector.Scored;
import kintsugi.detector.Session;
import kintsugi.detector.Teaching;
import kintsugi.detector.WeightsFetch;
import kintsugi.engine.Convolutions;
import kintsugi.engine.Engines;
import kintsugi.engine.Parallel;
import kintsugi.image.Decoding;
import kintsugi.image.ImageSource;
import kintsugi.image.Pixels;
import kintsugi.metric.ThresholdRule;
import kintsugi.weights.Fetch;
import kintsugi.weights.Weights;
import kintsugi.weights.WeightsLocator;

/**
 * The door to the library: learns from normal images, and predicts whether new ones are anomalous,
 * and where.
 *
 * <pre>{@code
 * try (Kintsugi kintsugi = Kintsugi.open()) {
 *   Model model = kintsugi.fit("padim", Path.of("good"));
 *   Prediction prediction = kintsugi.predict(model, Path.of("new.jpg"));
 *   ImageIO.write(prediction.heatMap(), "png", new File("heat.png"));
 * }
 * }</pre>
 *
 * <p>Opening finds the engine, the threads and the weights. A model can be calibrated, which gives
 * it a threshold, and saved. Models are immutable, and any number of threads may predict at once:
 * they share the engine, and images that wait are scored as one batch, which changes no bit. A
 * model can be used as long as the {@code Kintsugi} it came from is open.
 *
 * <p>An image, a file or a folder that cannot be used is an {@link InputException}, and a choice
 * that does not exist an {@link IllegalArgumentException}; the messages name the way out.
 */
public final class Kintsugi implements AutoCloseable {
  private static final System.Logger LOGGER = System.getLogger("kintsugi");

  /** The seed of a fit whose caller does not name one. */
  private static final long SEED = 1;

  private final Session session;

  private Kintsugi(Session session) {
    this.session = session;
  }

  /**
   * {@return the library with the fastest engine here, all processors, and the weights found}
   *
   * @throws InputException if no weights are found
   */
  public static Kintsugi open() {
    return builder().open();
  }

  /** {@return the choices of an opening, to be changed} */
  public static Builder builder() {
    return new Builder();
  }

  /** The choices of an opening. */
  public static final class Builder {
    private String engine = "auto";
    private int threads = Runtime.getRuntime().availableProcessors();
    private Convolutions convolutions = Convolutions.WINOGRAD4;
    private Supplier<Weights> weights = () -> found(Optional.empty());
    private Fetch.Source source;
    private boolean skipUnreadable;
    private long memory = Runtime.getRuntime().maxMemory() / 2;
    private long maxPixels = Decoding.DEFAULT_MAX_PIXELS;
    private Progress progress = Progress.SILENT;
    private BooleanSupplier interrupted = () -> false;
    private Scope scope = Scope.ALL;
    private Consumer<String> notices = Builder::log;

    private Builder() {}

    /** The log says itself what a warning is. */
    private static void log(String line) {
      LOGGER.log(System.Logger.Level.WARNING, line.replaceFirst("^warning: ", ""));
    }

    /**
     * Chooses the engine.
     *
     * @param name {@code auto}, {@code scalar}, {@code vector}, {@code tornado} or {@code
     *     tornado:N}
     * @return this
     */
    public Builder engine(String name) {
      engine = name;
      return this;
    }

    /**
     * Chooses how many threads compute; results do not depend on it.
     *
     * @param count from 1 to 1024
     * @return this
     */
    public Builder threads(int count) {
      threads = count;
      return this;
    }

    /**
     * Chooses how the vector engine computes 3x3 convolutions.
     *
     * @param how {@link Convolutions#DIRECT} for the scalar engine's bits
     * @return this
     */
    public Builder convolutions(Convolutions how) {
      convolutions = how;
      return this;
    }

    /**
     * Chooses the file of the backbone's weights.
     *
     * @param file a checkpoint of any format
     * @return this
     */
    public Builder weights(Path file) {
      weights = () -> found(Optional.of(file));
      return this;
    }

    /**
     * Chooses the backbone's weights.
     *
     * @param loaded in memory
     * @return this
     */
    public Builder weights(Weights loaded) {
      weights = () -> loaded;
      return this;
    }

    /**
     * Fetches torchvision's weights into the user's cache where none are named and none are found;
     * without this an opening never uses the network. A notice says so before, the file's hash is
     * pinned, and where the environment variable {@code KINTSUGI_OFFLINE} is set nothing is
     * fetched.
     *
     * @return this
     */
    public Builder fetchWeights() {
      return fetchWeights(Fetch.Source.USUAL);
    }

    /**
     * Fetches weights as {@link #fetchWeights()} does, from a mirror.
     *
     * @param from the mirror
     * @return this
     */
    public Builder fetchWeights(Fetch.Source from) {
      source = from;
      return this;
    }

    /**
     * Leaves out images that cannot be read while fitting, calibrating and predicting many; {@link
     * Kintsugi#skipped} lists them.
     *
     * @return this
     */
    public Builder skipUnreadable() {
      skipUnreadable = true;
      return this;
    }

    /**
     * Limits the memory of a fit's patches; more of them go to a temporary file.
     *
     * @param bytes the limit
     * @return this
     */
    public Builder memory(long bytes) {
      memory = bytes;
      return this;
    }

    /**
     * Limits the size of images; a larger one cannot be read. By default it is {@link
     * Decoding#DEFAULT_MAX_PIXELS}.
     *
     * @param count pixels of the largest image that is read, up to {@link Decoding#MAX_PIXELS}
     * @return this
     * @throws IllegalArgumentException if the count is below 1 or above the maximum
     */
    public Builder maxPixels(long count) {
      maxPixels = Decoding.DEFAULT.withMaxPixels(count).maxPixels();
      return this;
    }

    /**
     * Shows how far long work has come.
     *
     * @param display the display
     * @return this
     */
    public Builder progress(Progress display) {
      progress = display;
      return this;
    }

    /**
     * Lets a coreset's search end early with what it has.
     *
     * @param condition whether to end
     * @return this
     */
    public Builder interruptedWhen(BooleanSupplier condition) {
      interrupted = condition;
      return this;
    }

    /**
     * Receives notices, such as that a slower engine had to be taken or that files were left out;
     * by default they are logged.
     *
     * @param receiver of one line each
     * @return this
     */
    public Builder notices(Consumer<String> receiver) {
      notices = receiver;
      return this;
    }

    /**
     * Chooses the part of an image that fits learn from and their models score, and regions of
     * single images, which count in all that a model is used for.
     *
     * @param part the part
     * @return this
     */
    public Builder scope(Scope part) {
      scope = part;
      return this;
    }

    /**
     * {@return the library, open}
     *
     * @throws InputException if no weights are found or fetched, or they cannot be read
     * @throws IllegalArgumentException if there is no such engine, or it cannot run here, or the
     *     number of threads is not from 1 to 1024, or the limit of memory negative
     */
    public Kintsugi open() {
      Session.Options options =
          new Session.Options(progress, skipUnreadable, memory, maxPixels, interrupted, notices);
      Parallel parallel = new Parallel(threads);
      try {
        Engines.Choice choice = choose(parallel);
        if (choice.notable()) {
          notices.accept(choice.reason());
        }
        choice.engine().warmUp();
        // Last, since they may have to be fetched.
        return new Kintsugi(new Session(choice.engine(), parallel, weights.get(), options, scope));
      } catch (RuntimeException | Error e) {
        parallel.close();
        throw e;
      }
    }

    private Engines.Choice choose(Parallel parallel) {
      try {
        return Engines.choose(engine, parallel, convolutions, notices);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException("engine: " + e.getMessage(), e);
      }
    }

    private Weights found(Optional<Path> named) {
      return Weights.read(
          WeightsLocator.find(named.orElse(null), project()).orElseGet(this::fetched));
    }

    private Path fetched() {
      if (source == null) {
        throw WeightsLocator.missing(project(), null);
      }
      return WeightsFetch.orMissing(project(), source, progress, notices);
    }

    private static Path project() {
      return Path.of(System.getProperty("kintsugi.home", ""));
    }
  }

  /** {@return the engine, the weights and the threads, for experiments and audits} */
  public Session session() {
    return session;
  }

  /** {@return the images left out so far because they could not be read} */
  public List<ImageSource> skipped() {
    return List.copyOf(session.skipped());
  }

  /**
   * {@return the images of a folder by path, or of a list in its order}
   *
   * @param folderOrList a folder, or a list that {@link kintsugi.dataset.FileList} reads
   * @throws InputException if it cannot be read or holds no image
   */
  public List<ImageSource> images(Path folderOrList) {
    return images(folderOrList, Role.ANY);
  }

  /**
   * {@return the images of a folder by path, or those of a list's rows that fit a role; what was
   * left out is a notice}
   *
   * @param folderOrList a folder, or a list that {@link kintsugi.dataset.FileList} reads
   * @param role the part that the images play
   * @throws InputException if it cannot be read or holds no image for the role
   */
  public List<ImageSource> images(Path folderOrList, Role role) {
    List<Sample> samples = ImageFolder.samples(folderOrList, role, session::notice);
    if (role == Role.TRAIN) {
      Duplicates.notices(samples).forEach(session::notice);
    }
    return samples.stream().map(Sample::file).map(ImageSource::of).toList();
  }

  /**
   * Fits a method to a folder of normal images.
   *
   * @param recipe a recipe's name such as {@code padim/paper}, or a method's for its default
   * @param normal the folder, or a list of images
   * @return the model, not calibrated
   * @throws InputException if an image cannot be read, or all of them are too few
   * @throws IllegalArgumentException if there is no such recipe
   */
  public Model fit(String recipe, Path normal) {
    return fit(Methods.recipe(recipe), SEED, images(normal, Role.TRAIN));
  }

  /**
   * Fits a recipe to normal images.
   *
   * @param recipe the choices
   * @param seed fixes every draw
   * @param normal the images
   * @return the model, not calibrated
   * @throws InputException if an image cannot be read, or all of them are too few
   */
  public Model fit(Recipe recipe, long seed, List<? extends ImageSource> normal) {
    try (Fit fit = begin(recipe, seed)) {
      fit.add(normal);
      return fit.finish();
    }
  }

  /**
   * {@return a fit that has seen no image, to be filled, saved and merged}
   *
   * @param recipe the choices
   * @param seed fixes every draw
   */
  public Fit begin(Recipe recipe, long seed) {
    return Methods.named(recipe.method()).fit(session, recipe, seed);
  }

  /**
   * {@return a saved fit where it stopped, or one that continues a model}
   *
   * @param file of a partial fit or a model
   * @throws InputException if it is neither, or belongs to other weights
   */
  public Fit resume(Path file) {
    return Fit.load(file, session);
  }

  /**
   * Calibrates a model with images that it was not fitted to.
   *
   * @param model fitted by this library
   * @param normal a folder or list of images without a defect
   * @param anomalous folders or lists of images with one; none for a threshold just above the
   *     normal images' scores
   * @return the model with its score range and threshold
   * @throws InputException if an image cannot be read
   */
  public Model calibrate(Model model, Path normal, Path... anomalous) {
    List<ImageSource> anomalies =
        Arrays.stream(anomalous)
            .flatMap(folder -> images(folder, Role.CALIBRATE_ANOMALOUS).stream())
            .toList();
    return calibrate(model, images(normal, Role.CALIBRATE_NORMAL), anomalies, Optional.empty());
  }

  /**
   * Calibrates a model with images that it was not fitted to.
   *
   * @param model fitted by this library
   * @param normal images without a defect
   * @param anomalous images with one; may be empty
   * @param rule how the threshold is found; empty for the recipe's
   * @return the model with its score range and threshold
   * @throws InputException if an image cannot be read, or the rule needs anomalous images
   */
  public Model calibrate(
      Model model,
      List<? extends ImageSource> normal,
      List<? extends ImageSource> anomalous,
      Optional<ThresholdRule> rule) {
    List<Sample> samples = new ArrayList<>(samples(normal, false));
    samples.addAll(samples(anomalous, true));
    Duplicates.notices(samples).forEach(session::notice);
    return model.with(Calibration.of(model, normal, anomalous, rule));
  }

  /**
   * Changes a model's threshold alone. Its score range stays, and rules and rates are found with
   * the scores that the calibration keeps of its images.
   *
   * @param model a calibrated one
   * @param rule how the threshold is found, or the threshold itself ({@code value:0.3})
   * @return the model with that threshold
   * @throws InputException if the model is not calibrated, the rule needs anomalous images and
   *     there were none, or it needs scores and an earlier release, which kept none, calibrated the
   *     model
   */
  public Model calibrate(Model model, ThresholdRule rule) {
    Model changed = model.with(rule);
    changed.warnings().forEach(session::warn);
    return changed;
  }

  private static List<Sample> samples(List<? extends ImageSource> images, boolean anomalous) {
    return images.stream()
        .flatMap(image -> image.file().stream())
        .map(
            file -> new Sample(file, anomalous, anomalous ? Sample.ANOMALOUS : Sample.NORMAL, null))
        .toList();
  }

  /**
   * Teaches an image without a defect to a model: PaDiM's scores become those of a refit with it;
   * PatchCore's memory bank gets the image's far patches. Nothing is saved, and the model stays as
   * it is: what the change does to the scores of the calibration's images is to be looked at first.
   *
   * @param model fitted by this library
   * @param image the image
   * @return the model after, and what changes
   * @throws InputException if the image cannot be read, has another size than the model's or no
   *     patch in its region, or the model knows it already
   */
  public Teaching teach(Model model, ImageSource image) {
    return teach(model, List.of(image), "", Teaching.Elsewhere.NOWHERE);
  }

  /**
   * Teaches images without a defect to a model, as {@link #teach(Model, ImageSource)} does.
   *
   * @param model fitted by this library
   * @param images the images; their order changes no score
   * @param note of who teaches them, or why, for the history; may be empty
   * @param elsewhere images of the calibration that are not where it knows them
   * @return the model after, and what changes
   * @throws InputException if an image cannot be read, has another size than the model's or no
   *     patch in its region, or the model knows it already
   */
  public Teaching teach(
      Model model, List<? extends ImageSource> images, String note, Teaching.Elsewhere elsewhere) {
    return Teaching.teach(model, images, note, elsewhere);
  }

  /**
   * Takes an image back that was taught to a model, whatever was taught after it. Nothing is saved,
   * and the model stays as it is.
   *
   * @param model the model
   * @param id of the image in the model's history ({@link Model#taught})
   * @return the model after, and what changes
   * @throws InputException if the history has no such image
   */
  public Teaching unteach(Model model, String id) {
    return unteach(model, id, Teaching.Elsewhere.NOWHERE);
  }

  /**
   * Takes an image back that was taught to a model, as {@link #unteach(Model, String)} does.
   *
   * @param model the model
   * @param id of the image in the model's history ({@link Model#taught})
   * @param elsewhere images of the calibration that are not where it knows them
   * @return the model after, and what changes
   * @throws InputException if the history has no such image
   */
  public Teaching unteach(Model model, String id, Teaching.Elsewhere elsewhere) {
    return Teaching.unteach(model, id, elsewhere);
  }

  /**
   * {@return the model of a file}
   *
   * @param file what {@link #save} wrote
   * @throws InputException if it is not a model, or belongs to other weights
   */
  public Model load(Path file) {
    return Model.load(file, session);
  }

  /**
   * Writes a model file, whole or not at all. Work that replaces the model it began with holds the
   * file's {@link OutputLock}.
   *
   * @param model fitted by this library
   * @param file created, or a model, which is replaced
   * @throws InputException if it cannot be written, or is there and is not a model
   */
  public void save(Model model, Path file) {
    model.save(file);
  }

  /**
   * Predicts one image; any number of threads may do so at once.
   *
   * @param model fitted or loaded by this library
   * @param image the image
   * @return score, verdict, map and regions
   * @throws InputException if the image cannot be read, or gets another size than the model's
   */
  public Prediction predict(Model model, ImageSource image) {
    return Prediction.of(model, model.detector().score(image));
  }

  /**
   * Predicts an image file.
   *
   * @param model fitted or loaded by this library
   * @param file the image
   * @return score, verdict, map and regions
   */
  public Prediction predict(Model model, Path file) {
    return predict(model, ImageSource.of(file));
  }

  /**
   * Predicts an image in memory.
   *
   * @param model fitted or loaded by this library
   * @param image the image
   * @return score, verdict, map and regions
   */
  public Prediction predict(Model model, BufferedImage image) {
    return predict(model, ImageSource.of(image));
  }

  /**
   * Predicts an image in memory.
   *
   * @param model fitted or loaded by this library
   * @param image its pixels
   * @return score, verdict, map and regions
   */
  public Prediction predict(Model model, Pixels image) {
    return predict(model, ImageSource.of(image));
  }

  /**
   * Predicts many images in their order, a batch at a time, as the predictions are asked for;
   * memory is bounded by a batch. The stream is to be closed, which closes that of the images.
   *
   * @param model fitted or loaded by this library
   * @param images the images, read as they are needed
   * @return one prediction per image that could be read
   */
  public Stream<Prediction> predict(Model model, Stream<? extends ImageSource> images) {
    return predictions(model, model.detector().score(images.iterator())).onClose(images::close);
  }

  /**
   * Predicts many images in their order as {@link #predict(Model, Stream)} does, with progress. The
   * stream is to be closed, which ends the progress display.
   *
   * @param model fitted or loaded by this library
   * @param images the images
   * @return one prediction per image that could be read
   */
  public Stream<Prediction> predict(Model model, List<? extends ImageSource> images) {
    return predict(model, images, OptionalDouble.empty());
  }

  /**
   * Predicts many images in their order as {@link #predict(Model, List)} does, with regions above
   * another pixel threshold. The stream is to be closed, which ends the progress display.
   *
   * @param model fitted or loaded by this library
   * @param images the images
   * @param pixelThreshold the normalised score from which on a pixel belongs to a region, finite;
   *     empty for the calibration's
   * @return one prediction per image that could be read
   * @throws IllegalArgumentException if the threshold is not finite
   */
  public Stream<Prediction> predict(
      Model model, List<? extends ImageSource> images, OptionalDouble pixelThreshold) {
    Prediction.requireFinite(pixelThreshold);
    return model
        .detector()
        .score(images, "predict")
        .map(scored -> Prediction.of(model, scored, pixelThreshold));
  }

  private static Stream<Prediction> predictions(Model model, Stream<Scored> scored) {
    return scored.map(s -> Prediction.of(model, s));
  }

  /**
   * Predicts one image and names the patches and channels behind its score.
   *
   * @param model a calibrated one
   * @param image the image
   * @return a prediction with an explanation
   * @throws InputException if the model is not calibrated, or the image cannot be read
   */
  public Prediction explain(Model model, ImageSource image) {
    model.requireCalibration();
    return Prediction.explained(model, model.detector().score(image), OptionalDouble.empty());
  }

  /**
   * Predicts many images in their order and names the patches and channels behind each score. The
   * stream is to be closed, which ends the progress display.
   *
   * @param model a calibrated one
   * @param images the images
   * @param pixelThreshold the normalised score from which on a pixel belongs to a region, finite;
   *     empty for the calibration's
   * @return one prediction with an explanation per image that could be read
   * @throws InputException if the model is not calibrated
   * @throws IllegalArgumentException if the threshold is not finite
   */
  public Stream<Prediction> explain(
      Model model, List<? extends ImageSource> images, OptionalDouble pixelThreshold) {
    model.requireCalibration();
    Prediction.requireFinite(pixelThreshold);
    return model
        .detector()
        .score(images, "predict")
        .map(scored -> Prediction.explained(model, scored, pixelThreshold));
  }

  /** Ends the threads. Models of this library cannot be used afterwards. */
  @Override
  public void close() {
    session.parallel().close();
  }
}
