package kintsugi.spark;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options of a fit on one machine that a cluster does not offer, to say what does. */
final class NotOffered {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  private ParameterException refused(String option) {
    return new ParameterException(
        spec.commandLine(),
        option
            + " is not offered on a cluster; fit on one machine with `./kintsugi fit "
            + option
            + "`; that model can then be calibrated and used for scoring on the cluster");
  }

  @Option(names = "--roi", hidden = true, arity = "0..1")
  private void roi(String value) {
    throw refused("--roi");
  }

  @Option(names = "--ignore", hidden = true, arity = "0..1")
  private void ignore(String value) {
    throw refused("--ignore");
  }

  @Option(names = "--foreground", hidden = true)
  private void foreground(boolean value) {
    throw refused("--foreground");
  }

  @Option(names = "--align", hidden = true, arity = "0..1")
  private void align(String value) {
    throw refused("--align");
  }
}
