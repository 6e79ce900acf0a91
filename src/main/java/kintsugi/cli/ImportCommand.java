package kintsugi.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import kintsugi.InputException;
import kintsugi.Kintsugi;
import kintsugi.OutputLock;
import kintsugi.detector.Calibration;
import kintsugi.detector.Model;
import kintsugi.interop.ForeignModel;
import kintsugi.report.Printable;
import kintsugi.weights.Weights;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "import",
    mixinStandardHelpOptions = true,
    description = {
      "Makes a model of another program's: PaDiM or PatchCore of anomalib (.ckpt, .pt, .onnx),"
          + " or a folder of patchcore-inspection; or of an ONNX graph that export wrote.",
      "Nothing in a file is run. The model returns the scores of the program that it came from;"
          + " what cannot be done as there is named.",
      "",
      "Examples:",
      "  ./kintsugi import model.ckpt --model part.safetensors",
      "  ./kintsugi import mvtec_bottle/ --model bottle.safetensors --weights wide_resnet50_2.pth",
      ""
    })
final class ImportCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private RunOptions.Plain run;

  @Parameters(
      index = "0",
      paramLabel = "FILE",
      description =
          "A checkpoint or an export of anomalib, a folder of patchcore-inspection, or an export to"
              + " ONNX.")
  private Path file;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "FILE",
      order = 10,
      description = "The model file to write.")
  private Path model;

  @Option(
      names = "--weights-out",
      paramLabel = "FILE",
      order = 11,
      description =
          "Where the file's own backbone goes if it is not that of the weights found (default: next"
              + " to the model, MODEL-weights.safetensors).")
  private Path weightsOut;

  @Option(
      names = "--resize",
      paramLabel = "SIZE",
      order = 12,
      description = "Image size before the crop, where the file does not say.")
  private String resize;

  @Option(
      names = "--crop",
      paramLabel = "SIZE",
      order = 13,
      description = "Centre crop after the resize, or same for none, where the file does not say.")
  private String crop;

  @Override
  public Integer call() {
    Main.requireFile(file);
    ForeignModel foreign = Main.chosen(spec, () -> ForeignModel.read(file, choices()));
    if (weightsOut != null && foreign.weights().isEmpty()) {
      throw new InputException(
          file + ": holds no backbone that could be written; leave out --weights-out");
    }
    OutputLock lock = OutputLock.of(model);
    try (lock) {
      Model.requirePlace(model);
      ModelSummary.requirePlace(model);
      Optional<Weights> own = foreign.weights().filter(weights -> !areFound(weights));
      boolean written = own.isPresent() || weightsOut != null && foreign.weights().isPresent();
      Path place = written ? weightsPlace() : null;
      if (place != null) {
        WeightsFile.requirePlace(place, "import");
      }
      Kintsugi.Builder builder = run.builder();
      own.ifPresent(builder::weights);
      try (Kintsugi kintsugi = run.open(builder)) {
        Model made = foreign.in(kintsugi.session());
        kintsugi.save(made, model);
        if (place != null) {
          WeightsFile.write(kintsugi.session().weights(), file, place);
        }
        ModelSummary.write(model, made, kintsugi);
        print(foreign, made, place);
        return run.done(kintsugi);
      }
    }
  }

  private Map<String, String> choices() {
    Map<String, String> choices = new LinkedHashMap<>();
    if (resize != null) {
      choices.put("resize", resize);
    }
    if (crop != null) {
      choices.put("crop", crop);
    }
    return choices;
  }

  /** Whether the weights that other commands will find are these. */
  private boolean areFound(Weights own) {
    return run.weights().map(Weights::read).filter(found -> found.contain(own)).isPresent();
  }

  private Path weightsPlace() {
    if (weightsOut != null) {
      return weightsOut;
    }
    String stem = model.getFileName().toString().replaceFirst("\\.[^.]*$", "");
    return model.resolveSibling(stem + "-weights.safetensors");
  }

  private void print(ForeignModel foreign, Model made, Path weights) {
    PrintWriter out = spec.commandLine().getOut();
    out.println(
        Printable.line(
            model
                + ": "
                + foreign.origin()
                + ", as "
                + made.recipe().name()
                + ", images "
                + made.detector().inputSize()));
    made.detector().summary().lines().forEach(line -> out.println(Printable.line(line)));
    if (made.calibration().isPresent()) {
      Calibration calibration = made.requireCalibration();
      out.printf(
          Locale.ROOT,
          "threshold %.4f on the other program's scale, which is score %.4f%n",
          calibration.threshold(),
          calibration.denormalise(calibration.threshold()));
    }
    if (weights != null) {
      out.println(
          Printable.line(
              weights
                  + ": its backbone, which the model needs: --weights "
                  + Main.quoted("" + weights)));
    }
    foreign.notes().forEach(run::notice);
  }
}
