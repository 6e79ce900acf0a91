package kintsugi.cli;

import java.nio.file.Path;
import kintsugi.Kintsugi;
import kintsugi.detector.Model;
import picocli.CommandLine.Option;

/** The options of commands that use a model. */
final class ModelOptions {
  @Option(
      names = "--model",
      required = true,
      paramLabel = "FILE",
      order = 10,
      description = "A model file, as fit writes it.")
  Path file;

  @Option(
      names = "--any-size",
      order = 11,
      description =
          "Bring images of any size and aspect to the model's, where its recipe would leave them as"
              + " they are.")
  private boolean anySize;

  /**
   * Throws unless the file is there, before weights are looked for.
   *
   * @throws kintsugi.InputException if it is missing
   */
  void requireFile() {
    Main.requireFile(file);
  }

  /** Whether images of any size are brought to the model's. */
  boolean isAnySize() {
    return anySize;
  }

  Model load(Kintsugi kintsugi) {
    return sized(kintsugi.load(file));
  }

  /** {@return a model for images of the sizes that were asked for} */
  Model sized(Model model) {
    return anySize ? model.forAnySize() : model;
  }
}
