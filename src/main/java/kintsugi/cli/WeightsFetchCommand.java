package kintsugi.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import kintsugi.detector.Progress;
import kintsugi.weights.Fetch;
import kintsugi.weights.WeightsLocator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "fetch",
    mixinStandardHelpOptions = true,
    description =
        "Brings torchvision's ResNet-18 into the cache, where it is found from then on. A transfer"
            + " that broke off goes on; the hash in the file's name is checked.")
final class WeightsFetchCommand implements Callable<Integer> {
  private static final int TIMEOUT_MILLIS = 30_000;
  private static final int KILO = 1024;

  @Spec private CommandSpec spec;

  @Option(
      names = "--from",
      defaultValue = Fetch.TORCHVISION,
      paramLabel = "URL|FILE",
      description = "A mirror, or a file (default: ${DEFAULT-VALUE}).")
  private String from;

  @Option(
      names = "--sha256",
      paramLabel = "HEX",
      description = "What to expect where the name carries no hash.")
  private String sha256;

  @Override
  public Integer call() {
    Path cache = WeightsLocator.folders(Main.project()).getLast();
    Progress progress = ConsoleProgress.of(spec.commandLine().getErr(), false, false);
    Progress.Bar[] bar = new Progress.Bar[1];
    long[] told = {0};
    Fetch fetch =
        new Fetch(
            (bytes, total) -> {
              if (bar[0] == null) {
                bar[0] = progress.start("fetch (KB)", (int) (Math.max(0, total) / KILO));
              }
              bar[0].advance((int) (bytes / KILO - told[0]));
              told[0] = bytes / KILO;
            },
            TIMEOUT_MILLIS);
    try {
      spec.commandLine().getOut().println(fetch.fetch(from, sha256, cache));
    } finally {
      if (bar[0] != null) {
        bar[0].close();
      }
    }
    return 0;
  }
}
