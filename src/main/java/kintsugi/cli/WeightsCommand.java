package kintsugi.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
    name = "weights",
    mixinStandardHelpOptions = true,
    description = "Inspects, converts, fetches and tries checkpoints.",
    subcommands = {
      WeightsInspectCommand.class,
      WeightsConvertCommand.class,
      WeightsFetchCommand.class,
      WeightsClassifyCommand.class
    })
final class WeightsCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Missing command");
  }
}
