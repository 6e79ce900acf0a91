package kintsugi.cli;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import kintsugi.InputException;
import kintsugi.Kintsugi;
import kintsugi.detector.Calibration;
import kintsugi.detector.Model;
import kintsugi.detector.Prediction;
import kintsugi.detector.Verdict;
import kintsugi.image.ImageSource;
import kintsugi.report.Receipt;

/**
 * The check of receipts against their images: everything in one is computed again, and compared to
 * the bit where the engine was direct, else within {@link #BOUND}.
 */
final class ReceiptCheck {
  /**
   * The difference of scores that another arithmetic explains, as a fraction of the score or of the
   * calibration's range, whichever is larger; {@code doctor} has the same.
   */
  static final double BOUND = 5e-4;

  private final Kintsugi kintsugi;
  private final Optional<Path> model;
  private final Consumer<String> say;
  private final Map<String, Loaded> models = new HashMap<>();
  private final Set<Integer> checked = new HashSet<>();

  /** A model and the hash of its file. */
  private record Loaded(Model model, String hash) {}

  /**
   * A check.
   *
   * @param kintsugi with the scalar engine
   * @param model empty for the file that each receipt names
   * @param say receives a line per receipt that holds
   */
  ReceiptCheck(Kintsugi kintsugi, Optional<Path> model, Consumer<String> say) {
    this.kintsugi = kintsugi;
    this.model = model;
    this.say = say;
  }

  /** {@return how many receipts were of one of the images} */
  int checked() {
    return checked.size();
  }

  /** What is wrong with an image's receipts. */
  List<String> findings(ReceiptFile receipts, Path image) {
    String hash = PredictCommand.hash(image);
    List<String> findings = new ArrayList<>();
    List<ReceiptFile.Entry> own =
        receipts.entries().stream()
            .filter(entry -> entry.receipt().imageSha256().equals(hash))
            .toList();
    if (own.isEmpty()) {
      findings.add(image + ": no line is of this image, whose sha256 is " + hash);
    }
    for (ReceiptFile.Entry entry : own) {
      checked.add(entry.line());
      for (String finding : findings(entry, image)) {
        findings.add("line " + entry.line() + ", " + image + ": " + finding);
      }
    }
    return findings;
  }

  private List<String> findings(ReceiptFile.Entry entry, Path image) {
    Receipt receipt = entry.receipt();
    try {
      Loaded loaded = loaded(model.map(Path::toString).orElse(receipt.model()));
      if (!loaded.hash.equals(receipt.modelSha256())) {
        return List.of(
            "the model's sha256 is " + loaded.hash + ", the receipt's " + receipt.modelSha256());
      }
      if (!kintsugi.session().weights().matches(receipt.weights())) {
        return List.of(
            "the weights are "
                + kintsugi.session().weights().fingerprint()
                + ", the receipt's "
                + receipt.weights());
      }
      Model used = receipt.anySize() ? loaded.model.forAnySize() : loaded.model;
      Prediction again = kintsugi.predict(used, ImageSource.of(image));
      List<String> findings = differences(receipt, used, again);
      if (findings.isEmpty()) {
        say.accept("line " + entry.line() + ", " + image + ": " + agreement(receipt, again));
      }
      return findings;
    } catch (InputException e) {
      return List.of(e.getMessage());
    }
  }

  private Loaded loaded(String file) {
    return models.computeIfAbsent(
        file,
        name -> {
          Path path = path(name);
          requireRegularFile(path);
          String hash = PredictCommand.hash(path);
          return new Loaded(kintsugi.load(path), hash);
        });
  }

  /** A receipt's text, which may be no name that a file can have. */
  private static Path path(String name) {
    try {
      return Path.of(name);
    } catch (InvalidPathException e) {
      throw new InputException(
          InputException.quoted("no file can be named " + name + "; name the model by --model"), e);
    }
  }

  /** Throws unless a file can be read to its end, which a device or a pipe may not have. */
  static void requireRegularFile(Path file) {
    Main.requireFile(file);
    if (!Files.isRegularFile(file)) {
      throw new InputException(file + ": is a folder, a device or a pipe; name a file");
    }
  }

  private static List<String> differences(Receipt receipt, Model model, Prediction again) {
    boolean direct = receipt.arithmetic().equals(Receipt.DIRECT);
    Receipt wanted =
        Receipt.of(
            again,
            model.detector().session().engine(),
            new Receipt.Files(
                receipt.image(),
                receipt.imageSha256(),
                receipt.model(),
                receipt.modelSha256(),
                receipt.anySize()));
    List<String> findings = new ArrayList<>();
    differ(findings, "pixels_sha256", receipt.pixelsSha256(), wanted.pixelsSha256());
    differ(findings, "threshold", receipt.threshold(), wanted.threshold());
    double bound = direct ? 0 : bound(receipt.score(), again, model);
    if (!(Math.abs(receipt.score() - again.score()) <= bound)) {
      findings.add(
          "its score is "
              + receipt.score()
              + " where the scalar engine computes "
              + again.score()
              + (direct ? ", which has its bits" : ", more than " + bound + " apart"));
    }
    differ(findings, "map_sha256", receipt.mapSha256(), direct ? wanted.mapSha256() : null);
    Optional<Calibration> calibration = model.calibration();
    Double normalised = calibration.map(c -> c.normalise(receipt.score())).orElse(null);
    differ(findings, "normalised", receipt.normalised(), normalised);
    Verdict verdict = calibration.map(c -> c.verdict(normalised)).orElse(Verdict.NOT_CALIBRATED);
    differ(findings, "verdict", receipt.verdict(), verdict.toString());
    if (findings.isEmpty() && !wanted.verdict().equals(receipt.verdict())) {
      findings.add(
          "by its score "
              + receipt.score()
              + " it is "
              + receipt.verdict()
              + ", by the scalar engine's "
              + again.score()
              + " "
              + wanted.verdict()
              + ": the threshold lies between the two; predict again with --convolutions direct");
    }
    return findings;
  }

  private static double bound(double score, Prediction again, Model model) {
    double range = model.calibration().map(c -> c.high() - c.low()).orElse(0.0);
    return BOUND * Math.max(range, Math.max(Math.abs(score), Math.abs(again.score())));
  }

  private static void differ(List<String> findings, String name, Object stated, Object computed) {
    if (!Objects.equals(stated, computed)) {
      findings.add("its " + name + " is " + stated + " where it has to be " + computed);
    }
  }

  private static String agreement(Receipt receipt, Prediction again) {
    String score = receipt.verdict() + ", score " + Double.toHexString(receipt.score());
    if (receipt.arithmetic().equals(Receipt.DIRECT)) {
      return score + ", bit for bit";
    }
    String apart = String.format(Locale.ROOT, "%.1e", Math.abs(receipt.score() - again.score()));
    return score + ", " + apart + " from the scalar engine's";
  }
}
