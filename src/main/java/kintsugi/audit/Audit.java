package kintsugi.audit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import kintsugi.backbone.ResNet;
import kintsugi.detector.Progress;
import kintsugi.engine.Convolutions;
import kintsugi.engine.Engine;
import kintsugi.engine.EngineException;
import kintsugi.engine.EngineProvider;
import kintsugi.engine.Engines;
import kintsugi.engine.Parallel;
import kintsugi.weights.Weights;

/**
 * The audit of every kernel of every engine that can run here, and of every recipe, against
 * references that share nothing with them: the textbook's formula in fp64, Commons Math, and other
 * implementations on the module path ({@link BackboneReference}).
 */
public final class Audit {
  private static final Map<String, Consumer<Bench>> SECTIONS = new LinkedHashMap<>();

  static {
    SECTIONS.put("image", ImageAudit::run);
    SECTIONS.put("convolution", ConvolutionAudit::run);
    SECTIONS.put("backbone", BackboneAudit::run);
    SECTIONS.put("embedding", EmbeddingAudit::run);
    SECTIONS.put("gaussian", GaussianAudit::run);
    SECTIONS.put("bank", BankAudit::run);
    SECTIONS.put("map", MapAudit::run);
    SECTIONS.put("metric", MetricAudit::run);
    SECTIONS.put("recipe", Audit::recipes);
  }

  private Audit() {}

  /**
   * The result of an audit.
   *
   * @param findings one for each check
   * @param seconds the time that it took
   */
  public record Report(List<Finding> findings, double seconds) {

    /** {@return whether every bound was kept} */
    public boolean passed() {
      return !findings.isEmpty() && findings.stream().allMatch(Finding::passed);
    }
  }

  /** {@return the names of the sections, in the order of the data} */
  public static List<String> sections() {
    return List.copyOf(SECTIONS.keySet());
  }

  /**
   * Audits.
   *
   * @param weights the weights of the backbone
   * @param parallel the threads
   * @param section selects the sections to run
   * @param progress shows the progress
   * @return the findings
   */
  public static Report run(
      Weights weights, Parallel parallel, Predicate<String> section, Progress progress) {
    long start = System.nanoTime();
    Bench bench = new Bench(candidates(parallel), parallel, weights);
    List<String> chosen = sections().stream().filter(section).toList();
    try (Progress.Bar bar = progress.start("audit", chosen.size())) {
      for (String name : chosen) {
        bar.note(name);
        bench.begin(name);
        SECTIONS.get(name).accept(bench);
        bar.advance(1);
      }
    }
    return new Report(List.copyOf(bench.findings()), (System.nanoTime() - start) / 1e9);
  }

  /**
   * One section with random weights, for tests that need no file.
   *
   * @param section its name
   * @return the checks that broke their bounds, a line each
   */
  static List<String> broken(String section) {
    try (Parallel parallel = new Parallel(2)) {
      return run(ResNet.randomWeights(1), parallel, section::equals, Progress.SILENT)
          .findings()
          .stream()
          .filter(finding -> !finding.passed())
          .map(finding -> finding.engine() + ": " + finding.subject())
          .toList();
    }
  }

  private static List<Bench.Candidate> candidates(Parallel parallel) {
    List<Bench.Candidate> candidates = new ArrayList<>();
    candidates.add(candidate("scalar", "scalar", Convolutions.DIRECT, parallel));
    if (Engines.canVectorise()) {
      for (Convolutions how : Convolutions.values()) {
        String name = "vector, " + how.name().toLowerCase(Locale.ROOT);
        candidates.add(candidate(name, "vector", how, parallel));
      }
    }
    for (EngineProvider provider : Engines.providers()) {
      if (provider.rank() == 0 && hasDevice(provider)) {
        candidates.add(candidate(provider.name(), provider.name(), Convolutions.DIRECT, parallel));
      }
    }
    return candidates;
  }

  /** Whether an engine on a device can run here; the choice of an engine says why it cannot. */
  private static boolean hasDevice(EngineProvider provider) {
    try {
      return !provider.devices().isEmpty();
    } catch (EngineException e) {
      return false;
    }
  }

  private static Bench.Candidate candidate(
      String name, String engine, Convolutions how, Parallel parallel) {
    return Bench.Candidate.of(name, how, p -> engine(engine, p, how), parallel);
  }

  private static Engine engine(String name, Parallel parallel, Convolutions how) {
    return Engines.choose(name, parallel, how, line -> {}).engine();
  }

  private static void recipes(Bench bench) {
    try {
      Path folder = Files.createTempDirectory("kintsugi-audit");
      try {
        RecipeAudit.run(bench, folder);
      } finally {
        delete(folder);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
