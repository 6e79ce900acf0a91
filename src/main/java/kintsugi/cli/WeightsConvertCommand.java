package kintsugi.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import kintsugi.InputException;
import kintsugi.report.Printable;
import kintsugi.weights.BatchNorm;
import kintsugi.weights.Checkpoint;
import kintsugi.weights.StoredTensor;
import kintsugi.weights.Weights;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "convert",
    mixinStandardHelpOptions = true,
    description = {
      "Converts a checkpoint of any format into one safetensors file.",
      "",
      "Examples:",
      "  ./kintsugi weights convert resnet18-f37072fd.pth resnet18.safetensors --half",
      "  ./kintsugi weights convert dino.ckpt resnet18.safetensors --prefix teacher.backbone",
      ""
    })
final class WeightsConvertCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "FILE", description = "A checkpoint of any format.")
  private Path from;

  @Parameters(index = "1", paramLabel = "TO", description = "The safetensors file.")
  private Path to;

  @Option(
      names = "--fold",
      negatable = true,
      defaultValue = "true",
      fallbackValue = "true",
      description = "Fold batch norms into their convolutions, or leave them (default: fold).")
  private boolean fold;

  @Option(
      names = "--prefix",
      paramLabel = "NAME",
      description = "Where a file holds several networks: the beginning of the names of one.")
  private String prefix;

  @Option(names = "--half", description = "Keep fp16 numbers in place of fp32.")
  private boolean half;

  @Override
  public Integer call() {
    WeightsFile.requirePlace(to, "weights convert");
    Map<String, StoredTensor> tensors =
        prefix == null ? Checkpoint.read(from) : Checkpoint.read(from, prefix);
    if (fold) {
      try {
        tensors = BatchNorm.fold(tensors);
      } catch (IllegalArgumentException e) {
        throw new InputException(from + ": " + e.getMessage(), e);
      }
    }
    StoredTensor.Type type = half ? StoredTensor.Type.F16 : StoredTensor.Type.F32;
    Map<String, StoredTensor> converted = new LinkedHashMap<>();
    tensors.forEach((name, tensor) -> converted.put(name, tensor.as(type)));
    WeightsFile.write(converted, from, to);
    spec.commandLine()
        .getOut()
        .printf(
            Locale.ROOT,
            "%s: %d tensors, sha256 %s%n",
            Printable.line("" + to),
            converted.size(),
            Weights.sha256(to));
    return 0;
  }
}
