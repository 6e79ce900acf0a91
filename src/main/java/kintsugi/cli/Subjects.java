package kintsugi.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import kintsugi.Kintsugi;
import kintsugi.audit.DumpSubject;
import kintsugi.audit.ModelSubject;
import kintsugi.audit.Subject;
import kintsugi.weights.Safetensors;

/** The two that a comparison names, by what their files are, and the library that runs them. */
final class Subjects implements AutoCloseable {
  private static final String MODEL_MARK = "kintsugi.format";

  private final RunOptions run;
  private Kintsugi kintsugi;

  Subjects(RunOptions run) {
    this.run = run;
  }

  /** The library with the weights found. */
  Kintsugi kintsugi() {
    if (kintsugi == null) {
      kintsugi = run.open();
    }
    return kintsugi;
  }

  /**
   * Opens one.
   *
   * @throws kintsugi.InputException if it cannot be read, or belongs to other weights
   */
  Subject open(Path place) {
    return isModel(place)
        ? new ModelSubject("" + place, kintsugi().load(place))
        : DumpSubject.of(place);
  }

  private static boolean isModel(Path place) {
    if (Files.isDirectory(place) || !place.toString().endsWith(".safetensors")) {
      return false;
    }
    Map<String, String> metadata = Safetensors.read(place).metadata();
    return metadata.containsKey(MODEL_MARK);
  }

  @Override
  public void close() {
    if (kintsugi != null) {
      kintsugi.close();
    }
  }
}
