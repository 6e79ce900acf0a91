package kintsugi.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import kintsugi.FileKind;
import kintsugi.OutputFolder;
import kintsugi.audit.Doctor;
import kintsugi.audit.Subject;
import kintsugi.image.ImageSource;
import kintsugi.report.DoctorReport;
import kintsugi.report.Printable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "doctor",
    mixinStandardHelpOptions = true,
    description = {
      "Compares two models, or the values that other programs wrote down, stage by stage on the same"
          + " images: the first stage that differs, by how much, on which image, and the likely"
          + " cause.",
      "",
      "Exit status: 0 where no stage differs; 1 where one does, or an input cannot be read (one line,"
          + " and no page); 2 for a wrong command line.",
      "",
      "Examples:",
      "  ./kintsugi doctor part.safetensors dump/",
      "  ./kintsugi doctor part.safetensors part.onnx --images good/",
      "  ./kintsugi doctor a.safetensors b.safetensors --images good/",
      ""
    })
final class DoctorCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private RunOptions.Plain run;

  @Parameters(
      index = "0",
      paramLabel = "A",
      description =
          "A model file; a checkpoint or an export of anomalib (.ckpt, .pt), or a folder of"
              + " patchcore-inspection; an ONNX graph; or a folder or file of values (npz, npy or"
              + " safetensors with agreed names, docs/audit.md), of one image or with a folder for"
              + " each.")
  private Path a;

  @Parameters(index = "1", paramLabel = "B", description = "What it is compared with.")
  private Path b;

  @Option(
      names = "--images",
      paramLabel = "DIR",
      order = 10,
      description =
          "An image, or a folder or a list of images (default: those whose pixels are among the values).")
  private Path images;

  @Option(
      names = "--resize",
      paramLabel = "SIZE",
      order = 11,
      description =
          "Image size before the crop, where another program's file does not say, such as"
              + " shorter:256.")
  private String resize;

  @Option(
      names = "--crop",
      paramLabel = "SIZE",
      order = 12,
      description =
          "Centre crop after the resize, or same for none, where another program's file does not"
              + " say.")
  private String crop;

  @Option(
      names = "--out",
      defaultValue = "out/doctor",
      paramLabel = "DIR",
      order = 13,
      description = "Where doctor.json and doctor.html go (default: ${DEFAULT-VALUE}).")
  private Path out;

  @Override
  public Integer call() {
    Main.requireFile(a);
    Main.requireFile(b);
    Main.requireFile(images);
    try (OutputFolder folder = DoctorReport.open(out);
        Subjects subjects = new Subjects(run, choices())) {
      Subject first = Main.chosen(spec, () -> subjects.open(a));
      Subject second = Main.chosen(spec, () -> subjects.open(b));
      List<ImageSource> on = images == null ? List.of() : images(subjects);
      Doctor.Diagnosis diagnosis = Doctor.compare(subjects.session(), first, second, on);
      DoctorReport.write(folder, Main.typed(spec), diagnosis);
      diagnosis.notices().forEach(notice -> print("notice: " + notice));
      print(diagnosis);
      return diagnosis.same() ? 0 : 1;
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

  private List<ImageSource> images(Subjects subjects) {
    return isImage() ? List.of(ImageSource.of(images)) : subjects.kintsugi().images(images);
  }

  private boolean isImage() {
    try {
      return Files.isRegularFile(images) && FileKind.of(images) == FileKind.IMAGE;
    } catch (IOException e) {
      // Said where it is read.
      return false;
    }
  }

  private void print(String line) {
    spec.commandLine().getOut().println(Printable.line(line));
  }

  private void print(Doctor.Diagnosis diagnosis) {
    PrintWriter print = spec.commandLine().getOut();
    print.println(Printable.line("A: " + diagnosis.a()));
    print.println(Printable.line("B: " + diagnosis.b()));
    for (Doctor.Compared stage : diagnosis.stages()) {
      boolean alone = stage.image().isEmpty();
      print.println(
          Printable.line(
              String.format(
                  Locale.ROOT,
                  "  %-11s %-10s %s",
                  stage.name(),
                  stage.status(),
                  alone ? "" : measured(stage))));
    }
    if (diagnosis.same()) {
      print.println("every stage that both have is the same");
    } else {
      print.println(
          Printable.line(
              "the first stage that differs: "
                  + diagnosis.first()
                  + ", most on "
                  + diagnosis.image()));
      diagnosis.causes().forEach(cause -> print.println(Printable.line("  likely " + cause)));
      print.println("  what to do: " + diagnosis.next());
    }
    print.println(Printable.line("page: " + out.resolve("doctor.html")));
  }

  private static String measured(Doctor.Compared stage) {
    if (Double.isNaN(stage.relative())) {
      return stage.place();
    }
    if (stage.absolute() == 0) {
      return "equal";
    }
    String absolute = String.format(Locale.ROOT, "%.2e, ", stage.absolute());
    if (stage.relative() == 0) {
      return absolute + "which follows from the distances";
    }
    String rounding =
        stage.tolerance() == 0
            ? "no rounding is expected"
            : String.format(Locale.ROOT, "up to %.0e is rounding", stage.tolerance());
    return absolute
        + String.format(Locale.ROOT, "%.1e of the maximum (%s)", stage.relative(), rounding);
  }
}
