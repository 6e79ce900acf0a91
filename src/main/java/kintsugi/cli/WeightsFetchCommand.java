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
    description = {
      "Brings torchvision's ResNet-18 into the cache, where it is found from then on. A transfer that"
          + " broke off continues; the hash in the file's name is checked.",
      "",
      "Examples:",
      "  ./kintsugi weights fetch",
      "  ./kintsugi weights fetch --from resnet18-f37072fd.pth",
      ""
    })
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
      description = "The hash to expect where the name carries none.")
  private String sha256;

  @Override
  public Integer call() {
    Path cache = WeightsLocator.folders(Main.project()).getLast();
    try (Shown shown = new Shown(ConsoleProgress.of(spec.commandLine().getErr(), false, false))) {
      Path file = new Fetch(shown, TIMEOUT_MILLIS).fetch(from, sha256, cache);
      spec.commandLine().getOut().println(file);
    }
    return 0;
  }

  /** The progress of a transfer, whose size is known once it has begun. */
  private static final class Shown implements Fetch.Watcher, AutoCloseable {
    private final Progress progress;
    private Progress.Bar bar;
    private int shown;

    private Shown(Progress progress) {
      this.progress = progress;
    }

    @Override
    public void arrived(long bytes, long total) {
      if (bar == null) {
        bar = progress.start("fetch (KB)", (int) (Math.max(0, total) / KILO));
      }
      int kilobytes = (int) (bytes / KILO);
      bar.advance(kilobytes - shown);
      shown = kilobytes;
    }

    @Override
    public void close() {
      if (bar != null) {
        bar.close();
      }
    }
  }
}
