package kintsugi.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import kintsugi.InputException;
import kintsugi.Kintsugi;
import kintsugi.audit.DumpSubject;
import kintsugi.audit.ModelSubject;
import kintsugi.audit.OnnxSubject;
import kintsugi.audit.Subject;
import kintsugi.detector.Session;
import kintsugi.interop.ForeignModel;
import kintsugi.interop.OnnxRunner;
import kintsugi.weights.Safetensors;
import kintsugi.weights.Weights;

/** The two that a comparison names, by what their files are, and the library that runs them. */
final class Subjects implements AutoCloseable {
  private static final String MODEL_MARK = "kintsugi.format";

  /** The file by which a folder is one of patchcore-inspection. */
  private static final String INSPECTION = "patchcore_params.pkl";

  private static final String GRAPH = ".onnx";

  private final RunOptions run;
  private final Map<String, String> choices;
  private final Deque<Runnable> closing = new ArrayDeque<>();
  private Kintsugi kintsugi;
  private Session own;

  /**
   * None yet.
   *
   * @param choices by their names, for files of other programs that do not say them
   */
  Subjects(RunOptions run, Map<String, String> choices) {
    this.run = run;
    this.choices = choices;
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
    if (Files.isDirectory(place)) {
      return Files.exists(place.resolve(INSPECTION))
          ? foreign(place, List.of())
          : DumpSubject.of(place);
    }
    if (name.endsWith(GRAPH)) {
      return graph(place);
    }
    if (name.matches(".*\\.(ckpt|pt)")) {
      return foreign(place, List.of());
    }
    return isModel(place) ? new ModelSubject(name, kintsugi().load(place)) : DumpSubject.of(place);
  }

  /** A graph that is run, or without a runtime one that is read as {@code import} reads it. */
  private Subject graph(Path place) {
    if (!OnnxRunner.isThere()) {
      return foreign(
          place,
          List.of(
              place
                  + ": was read and not run, since the jar with ONNX Runtime is not built: its graph"
                  + " was compared with an export's, step by step, and the values are computed by"
                  + " Kintsugi's engine; what a runtime's own operators would change is not seen"));
    }
    OnnxSubject graph = OnnxSubject.of(place);
    closing.push(graph::close);
    return graph;
  }

  /** A model of another program, on its own weights where it has them. */
  private Subject foreign(Path place, List<String> notices) {
    ForeignModel foreign = read(place);
    List<String> all = new ArrayList<>(notices);
    foreign.notes().forEach(note -> all.add(run.inOptions(place + ": " + note)));
    Optional<Weights> weights = foreign.weights();
    if (weights.isEmpty()) {
      return new ModelSubject("" + place, foreign.in(kintsugi().session()), all);
    }
    Session session = opened(run.open(run.builder().weights(weights.get()))).session();
    own = own == null ? session : own;
    return new ModelSubject("" + place, foreign.in(session), all);
  }

  /** What another program's file does not say is taken from the command line. */
  private ForeignModel read(Path place) {
    if (Files.isDirectory(place)) {
      Map<String, String> resize = new LinkedHashMap<>(choices);
      resize.keySet().retainAll(Set.of("resize"));
      return ForeignModel.read(place, resize);
    }
    try {
      return ForeignModel.read(place);
    } catch (InputException e) {
      if (choices.isEmpty() || place.toString().endsWith(GRAPH)) {
        throw e;
      }
      return ForeignModel.read(place, choices);
    }
  }

  private static boolean isModel(Path place) {
    if (!place.toString().endsWith(".safetensors")) {
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
