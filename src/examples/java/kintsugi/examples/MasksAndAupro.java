package kintsugi.examples;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import kintsugi.Kintsugi;
import kintsugi.dataset.ImageFolder;
import kintsugi.dataset.Sample;
import kintsugi.detector.Model;
import kintsugi.experiment.Evaluation;

/** An evaluation on anomalous images with masks: image AUROC and the maps' AUPRO. */
public final class MasksAndAupro {
  private MasksAndAupro() {}

  /**
   * Runs the example.
   *
   * @param arguments a calibrated model, folders of good images, of anomalous ones, and of masks
   */
  public static void main(String... arguments) {
    try (Kintsugi kintsugi = Kintsugi.open()) {
      Model model = kintsugi.load(Path.of(arguments[0]));
      List<Sample> samples = new ArrayList<>(ImageFolder.normal(Path.of(arguments[1])));
      samples.addAll(ImageFolder.masked(Path.of(arguments[2]), Path.of(arguments[3])));
      Evaluation evaluation = Evaluation.of(model, samples, Evaluation.PixelOptions.USUAL);
      System.out.printf("image AUROC %.4f%n", evaluation.roc().area());
      evaluation
          .pixels()
          .ifPresent(pixels -> System.out.printf("AUPRO %.4f%n", pixels.aupro().value()));
    }
  }
}
