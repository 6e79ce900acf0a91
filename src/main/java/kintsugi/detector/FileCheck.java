package kintsugi.detector;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import kintsugi.AtomicOutput;
import kintsugi.InputException;
import kintsugi.weights.Safetensors;
import kintsugi.weights.StoredTensor;

/**
 * The check of a model file, or of an unfinished fit's: where reading ends at the first fault, this
 * lists all of them.
 *
 * @param description what the file says it is, on one line; empty where it does not
 * @param findings the faults, on one line each, in the order of the file's parts
 */
public record FileCheck(String description, List<String> findings) {

  /**
   * Checks a file: its structure, that no byte is without a tensor, the digest, every value, every
   * entry of the metadata, the method's tensors, the calibration's order, and, with the weights
   * that it was fitted with, everything that loading checks.
   *
   * @param file the file
   * @param session with the file's weights, or others; empty where there are none
   * @return what was found
   */
  public static FileCheck of(Path file, Optional<Session> session) {
    return of(file, session, false);
  }

  /**
   * Checks a file as {@link #of} does, with its weights: others are a finding.
   *
   * @param file the file
   * @param session with the weights that the file has to belong to
   * @return what was found
   */
  public static FileCheck with(Path file, Session session) {
    return of(file, Optional.of(session), true);
  }

  private static FileCheck of(Path file, Optional<Session> session, boolean demanded) {
    List<String> findings = new ArrayList<>();
    Optional<Safetensors> stored = checked(findings, file, () -> Safetensors.read(file));
    if (stored.isEmpty()) {
      return new FileCheck("", findings);
    }
    Map<String, StoredTensor> tensors = stored.get().tensors();
    check(findings, file, () -> requireNoOtherBytes(file, tensors));
    check(findings, file, () -> FitFile.requireDigest(stored.get()));
    tensors.forEach(
        (name, tensor) -> check(findings, file, () -> FitFile.requireFinite(name, tensor)));
    Optional<FitFile> read = checked(findings, file, () -> FitFile.of(stored.get()));
    if (read.isEmpty()) {
      return new FileCheck("", findings);
    }
    parts(findings, file, read.get());
    Provenance provenance =
        checked(findings, file, () -> Provenance.storedIn(read.get())).orElse(Provenance.UNKNOWN);
    boolean known =
        session.isPresent() && session.get().weights().matches(read.get().header().weights());
    if (demanded && !known) {
      findings.add(
          "it belongs to the weights "
              + read.get().header().weights()
              + ", not to "
              + session.get().weights().fingerprint());
    }
    if (findings.isEmpty() && known) {
      check(findings, file, () -> load(file, read.get(), session.get()));
    }
    return new FileCheck(
        description(read.get(), provenance, comparison(session, known)), List.copyOf(findings));
  }

  private static void parts(List<String> findings, Path file, FitFile read) {
    Method method = Methods.named(read.header().recipe().method());
    checked(findings, file, () -> method.check(read.tensors())).ifPresent(findings::addAll);
    check(findings, file, () -> TrainingImages.requireOrder(read.tensors()));
    check(findings, file, () -> FittedScope.storedIn(read));
    check(findings, file, () -> TaughtImage.storedIn(read));
    String calibration = read.more().get(Model.CALIBRATION);
    if (calibration != null) {
      checked(findings, file, () -> Calibration.read(calibration))
          .ifPresent(c -> order(findings, c));
    }
  }

  /** What a calibration's own values say of each other. */
  private static void order(List<String> findings, Calibration calibration) {
    if (!(calibration.displayLow() < calibration.displayHigh())) {
      findings.add(
          "its calibration has display_low "
              + calibration.displayLow()
              + " where display_high is "
              + calibration.displayHigh());
    }
    int normal = calibration.scores().normal().size();
    int samples = calibration.falsePositives().samples();
    if (normal > samples) {
      findings.add(
          "its calibration has scores of " + normal + " normal images where it counts " + samples);
    }
    if (calibration.falsePositives().found() > samples) {
      findings.add(
          "its calibration found "
              + calibration.falsePositives().found()
              + " false positives among "
              + samples
              + " normal images");
    }
  }

  private static void load(Path file, FitFile read, Session session) {
    if (read.kind().equals(FitFile.MODEL)) {
      Model.load(file, session);
    } else {
      Fit.load(file, session).close();
    }
  }

  /** The digest covers tensors and metadata; bytes that belong to neither could hold anything. */
  private static void requireNoOtherBytes(Path file, Map<String, StoredTensor> tensors) {
    try (FileChannel channel = FileChannel.open(file)) {
      ByteBuffer header = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      channel.read(header, 0);
      long needed = Long.BYTES + header.getLong(0);
      for (StoredTensor tensor : tensors.values()) {
        needed += tensor.bytes().capacity();
      }
      Recipe.require(
          needed == channel.size(),
          "it has " + (channel.size() - needed) + " bytes that belong to no tensor");
    } catch (IOException e) {
      throw new InputException(file + ": cannot be read (" + AtomicOutput.reason(e) + ")", e);
    }
  }

  private static String comparison(Optional<Session> session, boolean known) {
    if (known) {
      return "";
    }
    return session.isPresent() ? " (not compared: others here)" : " (not compared: none here)";
  }

  private static String description(FitFile read, Provenance provenance, String comparison) {
    FitHeader header = read.header();
    Map<String, String> metadata = read.more();
    return String.join(
        ", ",
        (read.kind().equals(FitFile.MODEL) ? "model" : "partial fit")
            + " of "
            + header.recipe().name(),
        "format " + metadata.get("kintsugi.format"),
        "input " + header.inputSize(),
        metadata.containsKey(Model.CALIBRATION) ? "calibrated" : "not calibrated",
        provenance
            .fittedBy()
            .map(by -> "fitted by Kintsugi " + by.kintsugi() + " (" + by.arithmetic() + ")")
            .orElse("fitted by an earlier release or another program"),
        "weights " + header.weights() + comparison,
        metadata.containsKey("sha256") ? "digest " + metadata.get("sha256") : "without a digest");
  }

  private static void check(List<String> findings, Path file, Runnable part) {
    checked(
        findings,
        file,
        () -> {
          part.run();
          return true;
        });
  }

  /** The value of a part, or its fault among the findings. */
  private static <T> Optional<T> checked(List<String> findings, Path file, Supplier<T> part) {
    try {
      return Optional.of(part.get());
    } catch (InputException
        | IllegalArgumentException
        | ArithmeticException
        | IndexOutOfBoundsException e) {
      String why = InputException.quoted(e.getMessage());
      String name = file + ": ";
      findings.add(why.startsWith(name) ? why.substring(name.length()) : why);
      return Optional.empty();
    }
  }
}
