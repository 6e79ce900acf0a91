package kintsugi.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import kintsugi.AtomicOutput;
import kintsugi.InputException;
import kintsugi.Kintsugi;
import kintsugi.OutputFolder;
import kintsugi.dataset.ImageFolder;
import kintsugi.detector.Model;
import kintsugi.image.ImageSource;
import kintsugi.interop.ExportSamples;
import kintsugi.interop.OnnxFormat;
import kintsugi.interop.OnnxRunner;
import kintsugi.interop.PlainArrays;
import kintsugi.report.Printable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "export",
    mixinStandardHelpOptions = true,
    description = {
      "Writes a model for other programs: one ONNX graph from pixels to the verdict, with a few images"
          + " and every stage's values; NumPy arrays; the backbone's weights.",
      "",
      "Examples:",
      "  ./kintsugi export part.safetensors --onnx part.onnx --images good/",
      "  ./kintsugi export part.safetensors --npz part.npz",
      ""
    })
final class ExportCommand implements Callable<Integer> {
  private static final String ENDING = ".onnx";

  /** The bytes in which a file says what made it. */
  private static final int HEAD = 64;

  @Spec private CommandSpec spec;
  @Mixin private RunOptions.Plain run;

  @Parameters(index = "0", paramLabel = "MODEL", description = "A model file, as fit writes it.")
  private Path file;

  @Option(
      names = "--any-size",
      order = 11,
      description =
          "Bring images of any size and aspect to the model's, where its recipe would leave them as"
              + " they are.")
  private boolean anySize;

  @Option(
      names = "--images",
      paramLabel = "PLACE",
      order = 12,
      description =
          "An image, or a folder or list of them, whose first ones go with the graph (default: drawn"
              + " ones).")
  private Path images;

  @Option(
      names = "--samples",
      paramLabel = "N",
      order = 13,
      description = "How many images go with the graph, 0 for none (default: ${DEFAULT-VALUE}).")
  private int samples = ExportSamples.USUAL;

  @Option(
      names = "--stages",
      order = 14,
      description = "Make the values of every stage outputs of the graph, too.")
  private boolean stages;

  @ArgGroup(exclusive = false, multiplicity = "1", heading = "%nOutput:%n", order = 50)
  private Output output;

  static final class Output {
    @Option(
        names = "--onnx",
        paramLabel = "FILE",
        description = "One ONNX graph; the images go to the folder FILE-samples, without .onnx.")
    private Path onnx;

    @Option(names = "--npz", paramLabel = "FILE", description = "Plain arrays and a README.")
    private Path npz;

    @Option(
        names = "--backbone",
        paramLabel = "FILE",
        description = "The backbone's weights alone, batch norms folded, as safetensors.")
    private Path backbone;
  }

  @Override
  public Integer call() {
    if (samples < 0 || samples > 100) {
      throw new ParameterException(spec.commandLine(), "--samples: from 0 to 100, not " + samples);
    }
    Main.requireFile(file);
    Main.requireFile(images);
    Optional<OnnxFormat> format = Optional.ofNullable(output.onnx).map(onnx -> OnnxFormat.find());
    requirePlaces();
    try (Kintsugi kintsugi = run.open()) {
      Model loaded = kintsugi.load(file);
      Model model = anySize ? loaded.forAnySize() : loaded;
      if (format.isPresent()) {
        writeGraph(format.get(), model);
      }
      if (output.npz != null) {
        PlainArrays.write(model, output.npz);
        print(output.npz, "plain arrays, and README.txt");
      }
      if (output.backbone != null) {
        PlainArrays.write(kintsugi.session().weights(), output.backbone);
        print(output.backbone, "the backbone's weights");
      }
      return run.done(kintsugi);
    }
  }

  private void requirePlaces() {
    requirePlace(output.onnx, file -> begins(file, "Kintsugi"));
    requirePlace(output.npz, PlainArrays::areIn);
    requirePlace(output.backbone, file -> begins(file, "kintsugi export"));
  }

  /** Whether a file was made by an export. */
  private interface Made {
    boolean test(Path file) throws IOException;
  }

  /** Whether the first bytes say that an export made a file. */
  private static boolean begins(Path file, String mark) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return new String(in.readNBytes(HEAD), StandardCharsets.ISO_8859_1).contains(mark);
    }
  }

  /** Throws unless nothing is there, or a file that an export made. */
  private static void requirePlace(Path place, Made made) {
    if (place == null || !Files.exists(place)) {
      return;
    }
    try {
      if (made.test(place)) {
        return;
      }
    } catch (IOException e) {
      throw new InputException(
          place + ": cannot be replaced (" + AtomicOutput.reason(e) + "); name another file", e);
    }
    throw new InputException(
        place
            + ": is there already and was not made by export; name another file, or move it away");
  }

  private void writeGraph(OnnxFormat format, Model model) {
    if (samples == 0 || model.calibration().isEmpty()) {
      writeGraph(format, model, Optional.empty());
      if (samples > 0) {
        run.say(
            "no images go with the graph, since the model has no threshold yet; calibrate it first");
      }
      return;
    }
    List<ImageSource> sources = sources(model);
    Path folder = samplesFolder();
    try (OutputFolder out = ExportSamples.open(folder, sources)) {
      ExportSamples made = ExportSamples.of(model, sources);
      writeGraph(format, model, Optional.of(made));
      made.write(out, model);
    }
    print(folder, "images with the values of every stage: " + sources.size());
  }

  /** Writes the graph; where there is a runtime, only if that has the scores of the model. */
  private void writeGraph(OnnxFormat format, Model model, Optional<ExportSamples> made) {
    List<String> checked = new ArrayList<>();
    AtomicOutput.file(
        output.onnx,
        part -> {
          format.write(model, stages, part);
          if (made.isPresent() && OnnxRunner.isThere()) {
            try (OnnxRunner graph = OnnxRunner.open(part, List.of())) {
              checked.add(
                  String.format(
                      Locale.ROOT,
                      "; checked in %s: normalised scores differ by at most %.1e",
                      graph.runtime(),
                      made.get().difference(graph)));
            }
          }
        });
    print(output.onnx, "an ONNX graph" + String.join("", checked));
  }

  private List<ImageSource> sources(Model model) {
    if (images == null) {
      return ExportSamples.drawn(model, samples);
    }
    List<Path> found =
        Files.isRegularFile(images) && ImageFolder.isImageName("" + images.getFileName())
            ? List.of(images)
            : ImageFolder.list(images, run::notice);
    return found.stream().limit(samples).map(path -> ImageSource.of(path)).toList();
  }

  private Path samplesFolder() {
    String name = output.onnx.getFileName().toString();
    String stem = name.endsWith(ENDING) ? name.substring(0, name.length() - ENDING.length()) : name;
    return output.onnx.resolveSibling(stem + "-samples");
  }

  private void print(Path place, String what) {
    PrintWriter print = spec.commandLine().getOut();
    print.println(Printable.line("" + place) + ": " + what);
  }
}
