package kintsugi.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import kintsugi.AtomicOutput;
import kintsugi.InputException;
import kintsugi.Kintsugi;
import kintsugi.detector.FileCheck;
import kintsugi.report.Printable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "verify",
    mixinStandardHelpOptions = true,
    description = {
      "Checks a model file, or receipts of predict, which it computes again: a line per finding.",
      "Ends with 1 at a finding. Scores are computed by the scalar engine, whatever --engine is.",
      "",
      "Examples:",
      "  ./kintsugi verify part.safetensors",
      "  ./kintsugi verify OUT/receipts.jsonl new.jpg --model part.safetensors",
      ""
    })
final class VerifyCommand implements Callable<Integer> {
  private static final byte[] RECEIPT = "{\"receipt\":".getBytes(StandardCharsets.US_ASCII);

  @Spec private CommandSpec spec;
  @Mixin private RunOptions.Plain run;

  @Option(
      names = "--model",
      paramLabel = "FILE",
      order = 10,
      description = "The receipts' model (default: the file that a receipt names).")
  private Path model;

  @Parameters(
      index = "0",
      paramLabel = "FILE",
      description = "A model, a partial fit, or receipts.")
  private Path file;

  @Parameters(index = "1..*", paramLabel = "IMAGE", description = "The receipts' images.")
  private List<Path> images = List.of();

  @Override
  public Integer call() {
    Main.requireFile(file);
    run.requireRanges();
    return isReceipt() ? receipts() : modelFile();
  }

  /** A model begins with a length, which is far too large in a file that begins as a receipt. */
  private boolean isReceipt() {
    ReceiptCheck.requireRegularFile(file);
    try (InputStream in = Files.newInputStream(file)) {
      return Arrays.equals(in.readNBytes(RECEIPT.length), RECEIPT);
    } catch (IOException e) {
      throw new InputException(file + ": cannot be read (" + AtomicOutput.reason(e) + ")", e);
    }
  }

  private int modelFile() {
    if (model != null || !images.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(),
          file + " is not a file of receipts; leave out --model and the images to check a model");
    }
    FileCheck check =
        run.weights().isPresent() ? withWeights() : FileCheck.of(file, Optional.empty());
    check.findings().forEach(this::find);
    if (check.findings().isEmpty()) {
      say("whole: " + check.description());
    }
    return check.findings().isEmpty() ? 0 : 1;
  }

  private FileCheck withWeights() {
    try (Kintsugi kintsugi = run.open(run.builder().engine("scalar"))) {
      return run.namesWeights()
          ? FileCheck.with(file, kintsugi.session())
          : FileCheck.of(file, Optional.of(kintsugi.session()));
    }
  }

  private int receipts() {
    if (images.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), file + " has receipts; name the images that they are of");
    }
    if (model != null) {
      ReceiptCheck.requireRegularFile(model);
    }
    images.forEach(ReceiptCheck::requireRegularFile);
    List<String> findings = new ArrayList<>();
    ReceiptFile receipts = ReceiptFile.read(file, findings);
    int checked;
    try (Kintsugi kintsugi = run.open(run.builder().engine("scalar"))) {
      ReceiptCheck check = new ReceiptCheck(kintsugi, Optional.ofNullable(model), this::say);
      for (Path image : images) {
        findings.addAll(check.findings(receipts, image));
      }
      checked = check.checked();
    }
    findings.forEach(this::find);
    int all = receipts.entries().size();
    if (checked < all) {
      say(checked + " of " + all + " receipts checked; name more images for the others");
    }
    return findings.isEmpty() ? 0 : 1;
  }

  private void find(String finding) {
    say("FINDING: " + finding);
  }

  private void say(String line) {
    PrintWriter out = spec.commandLine().getOut();
    out.println(Printable.line(file + ": " + line));
  }
}
