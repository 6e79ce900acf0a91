package kintsugi.cli;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import kintsugi.report.Json;
import kintsugi.report.Printable;
import kintsugi.weights.Checkpoint;
import kintsugi.weights.StoredTensor;
import kintsugi.weights.Weights;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "inspect",
    mixinStandardHelpOptions = true,
    description = {
      "Prints names, types, shapes and ranges of a checkpoint's tensors, where whole networks lie among"
          + " them, and its SHA-256.",
      "",
      "Example:",
      "  ./kintsugi weights inspect resnet18-f37072fd.pth",
      ""
    })
final class WeightsInspectCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "FILE", description = "A checkpoint of any format.")
  private Path file;

  @Option(names = "--json", description = "As JSON.")
  private boolean json;

  /** One tensor; the range leaves out NaN and infinities. */
  record Line(
      String name, String type, long[] shape, double smallest, double largest, long notFinite) {

    static Line of(String name, StoredTensor tensor) {
      double smallest = Double.POSITIVE_INFINITY;
      double largest = Double.NEGATIVE_INFINITY;
      long notFinite = 0;
      for (int i = 0; i < tensor.count(); i++) {
        double value = tensor.get(i);
        if (Double.isFinite(value)) {
          smallest = Math.min(smallest, value);
          largest = Math.max(largest, value);
        } else {
          notFinite++;
        }
      }
      return new Line(name, tensor.type().name(), tensor.shape(), smallest, largest, notFinite);
    }
  }

  /** The contents of a checkpoint, and the prefixes of the whole networks in it. */
  record Contents(String file, String sha256, List<String> networks, List<Line> tensors) {}

  @Override
  public Integer call() {
    Map<String, StoredTensor> tensors = Checkpoint.all(file);
    List<Line> lines =
        tensors.entrySet().stream().map(e -> Line.of(e.getKey(), e.getValue())).toList();
    Contents contents =
        new Contents(file.toString(), Weights.sha256(file), Checkpoint.networks(tensors), lines);
    if (json) {
      spec.commandLine().getOut().print(Json.pretty(contents));
      return 0;
    }
    for (Line line : lines) {
      spec.commandLine()
          .getOut()
          .printf(
              Locale.ROOT,
              "%-40s %-4s %-18s %11.4g to %11.4g%s%n",
              Printable.line(line.name),
              line.type,
              Arrays.toString(line.shape),
              line.smallest,
              line.largest,
              line.notFinite == 0 ? "" : "  NOT FINITE: " + line.notFinite);
    }
    for (String network : contents.networks) {
      spec.commandLine().getOut().println(Printable.line("whole network at " + network));
    }
    spec.commandLine().getOut().println(lines.size() + " tensors, sha256 " + contents.sha256);
    return 0;
  }
}
