package kintsugi.experiment;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import kintsugi.InputException;
import kintsugi.dataset.Sample;
import kintsugi.detector.Calibration;
import kintsugi.detector.Model;
import kintsugi.detector.Scored;
import kintsugi.detector.Session;
import kintsugi.detector.TrainingImages;
import kintsugi.detector.Verdict;
import kintsugi.image.ImageSource;
import kintsugi.image.Mask;
import kintsugi.image.Pixels;
import kintsugi.image.Region;
import kintsugi.metric.Bootstrap;
import kintsugi.metric.ConfusionMatrix;
import kintsugi.metric.ErrorRates;
import kintsugi.metric.ExactPixelScores;
import kintsugi.metric.PixelHistogram;
import kintsugi.metric.PixelScores;
import kintsugi.metric.RocCurve;
import kintsugi.scoremap.Regions;
import kintsugi.tensor.Tensor;

/**
 * An evaluation under way: an iterator over the tested images while their maps are at hand, and at
 * its end the figures.
 */
public final class EvaluationRun implements Iterator<Judged>, AutoCloseable {
  private final Model model;
  private final Calibration calibration;
  private final List<Sample> samples;
  private final Evaluation.PixelOptions options;
  private final Map<ImageSource, Sample> bySource = new IdentityHashMap<>();
  private final List<Outcome> outcomes = new ArrayList<>();
  private final List<ImageSource> learnt = new ArrayList<>();
  private final boolean masked;
  private final MaskNotes maskNotes;
  private final DefectNotes defectNotes;
  private final PixelScores pixels;
  private final Stream<Scored> stream;
  private final Iterator<Scored> scored;

  /**
   * An evaluation that has scored nothing yet.
   *
   * @param model a calibrated one
   * @param samples images and truth
   * @param options the computation of pixel figures
   */
  public EvaluationRun(Model model, List<Sample> samples, Evaluation.PixelOptions options) {
    this.model = model;
    this.calibration = model.requireCalibration();
    this.samples = samples;
    this.options = options;
    this.masked = samples.stream().allMatch(Sample::hasPixelTruth);
    this.maskNotes = new MaskNotes(model.detector().session()::notice);
    this.defectNotes = new DefectNotes(model.detector().session()::notice, model.recipe());
    this.pixels = options.exact() ? new ExactPixelScores() : new PixelHistogram();
    List<ImageSource> sources = new ArrayList<>();
    for (Sample sample : samples) {
      ImageSource source = ImageSource.of(sample.file());
      sources.add(source);
      bySource.put(source, sample);
    }
    this.stream = model.detector().score(sources, "test");
    this.scored = stream.iterator();
  }

  @Override
  public boolean hasNext() {
    return scored.hasNext();
  }

  @Override
  public Judged next() {
    Scored image = scored.next();
    if (model.training().contains(image.image())) {
      learnt.add(image.source());
    }
    Sample sample = bySource.get(image.source());
    double score = calibration.normalise(image.score());
    Outcome outcome = new Outcome(sample, score, calibration.verdict(score) == Verdict.ANOMALOUS);
    outcomes.add(outcome);
    Optional<Mask> mask = sample.mask() == null ? Optional.empty() : mask(sample, image);
    if (masked && (mask.isPresent() || sample.mask() == null)) {
      addPixels(mask, image);
    }
    return new Judged(model, outcome, image, mask);
  }

  /** A sample's mask; empty where it cannot be read and such files are left out. */
  private Optional<Mask> mask(Sample sample, Scored scored) {
    Session.Options reading = model.detector().session().options();
    Mask mask;
    try {
      mask = sample.readMask(reading.maxPixels());
    } catch (InputException e) {
      if (reading.skipUnreadable()) {
        maskNotes.addUnreadable(sample.mask());
        return Optional.empty();
      }
      throw e;
    }
    requireSize(sample.mask(), mask, scored.image());
    maskNotes.add(sample, mask);
    defectNotes.add(mask);
    return Optional.of(mask);
  }

  private static void requireSize(Path file, Mask mask, Pixels image) {
    if (mask.width() != image.width() || mask.height() != image.height()) {
      throw new InputException(
          file
              + ": is "
              + mask.width()
              + "x"
              + mask.height()
              + ", its image "
              + image.width()
              + "x"
              + image.height()
              + "; a mask must have its image's size: replace it, or leave the masks out (masks)");
    }
  }

  /** Adds the pixels in the region of interest. */
  private void addPixels(Optional<Mask> mask, Scored scored) {
    Tensor map = scored.map();
    Optional<Region> region = scored.region();
    Tensor truth =
        mask.map(m -> model.recipe().preprocessing().project(m, map.dim(1), map.dim(0)))
            .orElseGet(() -> Tensor.zeros(map.dim(0), map.dim(1)));
    int[] labels = Regions.label(region.map(inside -> inside.with(truth, 0)).orElse(truth), 1);
    if (region.isEmpty()) {
      pixels.add(map.data(), labels);
      return;
    }
    int[] places = IntStream.range(0, labels.length).filter(region.get()::at).toArray();
    int[] inside = Arrays.stream(places).map(i -> labels[i]).toArray();
    pixels.add(region.get().values(map).data(), inside);
  }

  /**
   * {@return the figures, once all images are iterated over}
   *
   * @throws InputException if no image of either kind could be read
   */
  public Evaluation evaluation() {
    maskNotes.finish(samples);
    defectNotes.finish();
    double[] scores = outcomes.stream().mapToDouble(Outcome::score).toArray();
    boolean[] anomalous = new boolean[scores.length];
    int anomalies = 0;
    for (int i = 0; i < scores.length; i++) {
      anomalous[i] = outcomes.get(i).sample().anomalous();
      anomalies += anomalous[i] ? 1 : 0;
    }
    if (anomalies == 0 || anomalies == scores.length) {
      throw new InputException(
          samples.getFirst().file().toAbsolutePath().getParent()
              + ": an evaluation needs readable normal and anomalous images");
    }
    ConfusionMatrix confusion = ConfusionMatrix.of(scores, anomalous, calibration.threshold());
    ErrorRates rates = ErrorRates.tested(confusion);
    return new Evaluation(
        List.copyOf(outcomes),
        RocCurve.of(scores, anomalous),
        confusion,
        rates,
        warnings(rates),
        Bootstrap.of(scores, anomalous, calibration.threshold(), model.seed()),
        masked && pixels.hasBothKinds() ? Optional.of(pixelFigures()) : Optional.empty());
  }

  /** Warnings of the model's calibration and of these images, which are passed on too. */
  private List<String> warnings(ErrorRates rates) {
    List<String> warnings = new ArrayList<>(model.warnings());
    TrainingImages.notice(learnt, "the figures").ifPresent(warnings::add);
    warnings.addAll(rates.warnings(calibration.threshold()));
    warnings.forEach(model.detector().session()::warn);
    return List.copyOf(warnings);
  }

  private Evaluation.PixelFigures pixelFigures() {
    PixelScores.BestF1 best = pixels.bestF1();
    return new Evaluation.PixelFigures(
        pixels.auroc(),
        pixels.aupro(options.falsePositiveLimit()),
        best.f1(),
        calibration.normalise(best.threshold()),
        options.falsePositiveLimit());
  }

  @Override
  public void close() {
    stream.close();
  }
}
