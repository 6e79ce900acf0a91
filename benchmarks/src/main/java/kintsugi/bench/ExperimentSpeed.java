package kintsugi.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import kintsugi.InputException;
import kintsugi.bench.suite.Arguments;
import kintsugi.bench.suite.Interval;
import kintsugi.bench.suite.Places;
import kintsugi.bench.suite.UsageException;
import kintsugi.engine.Network;
import kintsugi.report.Json;

/**
 * A whole experiment on METU concrete, by the command line and without its pages, next to ONNX
 * Runtime's backbone alone on as many images of the same size in batches of 32 (their values make
 * no difference), both on two threads, in rounds that alternate.
 */
public final class ExperimentSpeed {
  private static final int TRAIN = 250;
  private static final int CALIBRATE = 200;
  private static final int TEST = 2000;
  private static final int BATCH = 32;
  private static final int SIDE = 224;
  private static final int THREADS = 2;
  private static final int ROUNDS = 3;

  private ExperimentSpeed() {}

  /** The part of {@code metrics.json} that is wanted. */
  private record Metrics(Seconds seconds) {}

  private record Seconds(double total) {}

  /**
   * Measures.
   *
   * @param arguments the data set's folder, and perhaps the number of rounds
   * @throws Exception if the program cannot be started
   */
  public static void main(String[] arguments) throws Exception {
    Arguments.exit(
        () -> {
          measure(new Arguments("--experiment", arguments, 2));
          return 0;
        });
  }

  private static void measure(Arguments arguments) throws IOException, InterruptedException {
    String meaning = "METU concrete's folder, with Negative and Positive";
    Path data = Places.of(arguments.word(0, meaning));
    if (!Files.isDirectory(data.resolve("Negative"))) {
      throw new UsageException("--experiment: " + data + ": name " + meaning);
    }
    int rounds = arguments.number(1, "the rounds", ROUNDS);
    double[] ours = new double[rounds];
    double[] theirs = new double[rounds];
    Network network = BackboneBenchmark.network();
    for (int round = 0; round < rounds; round++) {
      boolean turned = round % 2 == 1;
      if (turned) {
        theirs[round] = backbone(network);
      }
      ours[round] = experiment(data);
      if (!turned) {
        theirs[round] = backbone(network);
      }
      System.out.printf(
          Locale.ROOT,
          "experiment %.1f s, ONNX Runtime's backbone alone %.1f s, %.2f%n",
          ours[round],
          theirs[round],
          ours[round] / theirs[round]);
    }
    Interval ratio = Interval.pairedRatio(ours, theirs);
    System.out.printf(
        Locale.ROOT,
        "%d images, %d threads, medians %.1f s and %.1f s, ratio %.2f%s%n",
        TRAIN + CALIBRATE + TEST,
        THREADS,
        median(ours),
        median(theirs),
        ratio.estimate(),
        ratio.known()
            ? String.format(Locale.ROOT, " (95 %%: %.2f to %.2f)", ratio.low(), ratio.high())
            : "");
  }

  private static double median(double[] of) {
    double[] sorted = of.clone();
    Arrays.sort(sorted);
    return (sorted[(of.length - 1) / 2] + sorted[of.length / 2]) / 2;
  }

  /** Seconds of the experiment in a program of its own, by its own count, without writing pages. */
  private static double experiment(Path data) throws IOException, InterruptedException {
    try (Scratch out = Scratch.create()) {
      String command = System.getenv().getOrDefault("KINTSUGI_COMMAND", "./kintsugi");
      List<String> words = new ArrayList<>(List.of(command.split(" ")));
      Path folder = out.path().resolve("out");
      words.addAll(
          List.of(
              ("experiment padim --recipe padim/matlab --layout folders --normal Negative"
                      + " --anomalous Positive --seed 1 --report-images none --train "
                      + (TRAIN + " --calibrate " + CALIBRATE / 2 + " --test " + TEST / 2)
                      + (" --threads " + THREADS))
                  .split(" ")));
      words.addAll(List.of("--data", data.toString(), "--out", folder.toString()));
      Path log = out.path().resolve("log");
      Process process =
          new ProcessBuilder(words).redirectErrorStream(true).redirectOutput(log.toFile()).start();
      if (process.waitFor() != 0) {
        String last = Files.readString(log).lines().reduce("", (line, next) -> next);
        throw new InputException("the experiment failed: " + last);
      }
      String metrics = Files.readString(folder.resolve("metrics.json"));
      return Json.read(metrics, Metrics.class).seconds().total();
    }
  }

  /** Seconds of ONNX Runtime's computation, its start and the last batch's own session left out. */
  private static double backbone(Network network) {
    int images = TRAIN + CALIBRATE + TEST;
    double seconds = 0;
    int left = images;
    while (left > 0) {
      int batch = Math.min(BATCH, left);
      int batches = left / batch;
      try (Backbone backbone =
          new OnnxBackbone(network, Inputs.random(batch, SIDE, SIDE, 3), THREADS)) {
        backbone.run();
        long start = System.nanoTime();
        for (int i = 0; i < batches; i++) {
          backbone.run();
        }
        seconds += (System.nanoTime() - start) / 1e9;
      }
      left -= batches * batch;
    }
    return seconds;
  }
}
