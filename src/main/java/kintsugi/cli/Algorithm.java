package kintsugi.cli;

import kintsugi.detector.Recipe;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Which method is fitted, and in which published version. */
final class Algorithm {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "ALGO", description = "The method: padim.")
  private String algorithm;

  @Option(
      names = "--recipe",
      paramLabel = "NAME",
      description = "The published version, e.g. padim/matlab (the default).")
  private String recipe;

  @Option(
      names = "--seed",
      defaultValue = "1",
      paramLabel = "N",
      description = "Fixes every draw (default: ${DEFAULT-VALUE}).")
  long seed;

  Recipe recipe() {
    try {
      Recipe chosen = Recipe.named(recipe == null ? algorithm : recipe);
      if (!chosen.algorithm().equals(algorithm)) {
        throw new IllegalArgumentException(chosen.name() + " is no recipe of " + algorithm);
      }
      return chosen;
    } catch (IllegalArgumentException e) {
      throw new picocli.CommandLine.ParameterException(spec.commandLine(), e.getMessage());
    }
  }
}
