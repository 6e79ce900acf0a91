package kintsugi.cli;

import java.nio.file.Path;
import kintsugi.detector.Model;
import kintsugi.detector.Session;
import picocli.CommandLine.Option;

/** Which model is used, and for pictures of which size. */
final class ModelOptions {
  @Option(names = "--model", required = true, paramLabel = "FILE", description = "Made by fit.")
  Path file;

  @Option(
      names = "--any-size",
      description =
          "Bring pictures of any size and aspect to the model's, where its recipe would leave them"
              + " as they are.")
  private boolean anySize;

  Model load(Session session) {
    Model model = Model.load(file, session.weights().fingerprint());
    return anySize ? model.forAnySize() : model;
  }
}
