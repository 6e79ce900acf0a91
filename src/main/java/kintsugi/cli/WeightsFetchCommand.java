package kintsugi.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import kintsugi.detector.WeightsFetch;
import kintsugi.report.Printable;
import kintsugi.weights.Fetch;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "fetch",
    mixinStandardHelpOptions = true,
    description = {
      "Brings torchvision's ResNet-18 into the cache, where it is found from then on. A transfer that"
          + " broke off continues. Its whole SHA-256 is checked; of any other file the digits in its name,"
          + " which find errors of a transfer, or those of --sha256.",
      "",
      "Examples:",
      "  ./kintsugi weights fetch",
      "  ./kintsugi weights fetch --from resnet18-f37072fd.pth",
      ""
    })
final class WeightsFetchCommand implements Callable<Integer> {
  private static final int TIMEOUT_MILLIS = 30_000;

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
      description = "The hash to expect, 8 to 64 digits (default: those in the name).")
  private String sha256;

  @Option(
      names = "--allow-http",
      description = "Use http too, where anybody on the way can change the file.")
  private boolean allowHttp;

  @Override
  public Integer call() {
    CommandLine line = spec.commandLine();
    Path file =
        WeightsFetch.fetch(
            new Fetch.Source(from, sha256, allowHttp),
            TIMEOUT_MILLIS,
            ConsoleProgress.of(line.getErr(), false, false),
            what ->
                line.getErr()
                    .println("kintsugi: " + Printable.line(OptionNames.inMessage(line, what))));
    line.getOut().println(Printable.line("" + file));
    return 0;
  }
}
