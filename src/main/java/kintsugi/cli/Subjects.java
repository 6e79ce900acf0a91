package kintsugi.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;
import kintsugi.Kintsugi;
import kintsugi.audit.DumpSubject;
import kintsugi.audit.ModelSubject;
import kintsugi.audit.OnnxSubject;
import kintsugi.audit.Subject;
import kintsugi.detector.Session;
import kintsugi.interop.ForeignModel;
import kintsugi.weights.Safetensors;
import kintsugi.weights.Weights;

/** The two that a comparison names, by what their files are, and the library that runs them. */
final class Subjects implements AutoCloseable {
  private static final String MODEL_MARK = "kintsugi.format";

  /** The file by which a folder is one of patchcore-inspection. */
  private static final String INSPECTION = "patchcore_params.pkl";

  private final RunOptions run;
  private final Deque<Runnable> closing = new ArrayDeque<>();
  private Kintsugi kintsugi;
  private Session own;

  Subjects(RunOptions run) {
    this.run = run;
  }

  /** The library with the weights found. */
  Kintsugi kintsugi() {
    if (kintsugi == null) {
      kintsugi = opened(run.open());
    }
    return kintsugi;
  }

  /** The weights and the engine of the first that has weights of its own, or those found. */
  Session session() {
    return own == null ? kintsugi().session() : own;
  }

  private Kintsugi opened(Kintsugi library) {
    closing.push(library::close);
    return library;
  }

  /**
   * Opens one.
   *
   * @throws kintsugi.InputException if it cannot be read, or belongs to other weights
   */
  Subject open(Path place) {
    String name = place.toString();
    if (name.endsWith(".onnx")) {
      OnnxSubject graph = OnnxSubject.of(place);
      closing.push(graph::close);
      return graph;
    }
    if (name.matches(".*\\.(ckpt|pt)") || Files.exists(place.resolve(INSPECTION))) {
      return foreign(place);
    }
    return isModel(place) ? new ModelSubject(name, kintsugi().load(place)) : DumpSubject.of(place);
  }

  /** A model of another program, on its own weights where it has them. */
  private Subject foreign(Path place) {
    ForeignModel foreign = ForeignModel.read(place);
    Optional<Weights> weights = foreign.weights();
    if (weights.isEmpty()) {
      return new ModelSubject("" + place, foreign.in(kintsugi().session()));
    }
    Session session = opened(run.open(run.builder().weights(weights.get()))).session();
    own = own == null ? session : own;
    return new ModelSubject("" + place, foreign.in(session));
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
    closing.forEach(Runnable::run);
  }
}
