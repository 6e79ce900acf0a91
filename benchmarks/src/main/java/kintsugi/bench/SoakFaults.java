package kintsugi.bench;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import kintsugi.Sha256;
import kintsugi.bench.SoakRequests.Wrong;
import kintsugi.dataset.SyntheticConcrete;
import kintsugi.detector.FileCheck;

/** Faults next to a server under load, each of which has to leave everything whole. */
final class SoakFaults {
  private static final int LONGEST_MILLIS = 5000;
  private static final int UNPROCESSABLE = 422;

  private final ServedModels known;
  private final URI server;
  private final HttpClient client;
  private final Path normal;

  /** The model of the fits that are killed, alone in its folder. */
  private final Path fitted;

  /** Good images and a damaged one. */
  private final Path images;

  SoakFaults(ServedModels known, URI server, HttpClient client) throws IOException {
    this.known = known;
    this.server = server;
    this.client = client;
    this.normal = known.folder.resolve(SyntheticConcrete.NORMAL);
    this.fitted =
        Files.createDirectory(known.folder.resolve("fitted")).resolve("model.safetensors");
    this.images = Files.createDirectory(known.folder.resolve("some"));
    for (int i = 0; i < 4; i++) {
      Files.write(images.resolve(i + ".png"), known.good.get(i));
    }
    Files.write(images.resolve("damaged.png"), cut(known.good.get(4), 3));
  }

  /** A kind of fault. */
  enum Kind {
    /** A fit that is killed; what it replaces, or has written, is whole. */
    KILLED_FIT,
    /** A fit to the end, which removes what the killed ones left. */
    FIT,
    /** A fit whose disk fills leaves nothing. */
    FULL_DISK,
    /** A prediction of images of which one is damaged. */
    DAMAGED_IMAGE,
    /** A model that arrives cut; the one that is served stays. */
    DAMAGED_MODEL;

    /** Whether it asks the server, which may have ended meanwhile. */
    boolean asksServer() {
      return this == DAMAGED_MODEL;
    }
  }

  /**
   * Makes one and looks at what it left.
   *
   * @throws Wrong if that is not whole
   */
  void make(Kind kind, Random random) throws IOException, InterruptedException {
    switch (kind) {
      case KILLED_FIT -> killedFit(random.nextLong(LONGEST_MILLIS));
      case FIT -> fit();
      case FULL_DISK -> fullDisk();
      case DAMAGED_IMAGE -> damagedImage();
      case DAMAGED_MODEL -> damagedModel(2 + random.nextInt(8));
    }
  }

  private static byte[] cut(byte[] whole, int parts) {
    return Arrays.copyOf(whole, whole.length / parts);
  }

  private Process start(List<String> before, String... words) throws IOException {
    List<String> command = new ArrayList<>(before);
    command.addAll(ServerProcess.kintsugi());
    command.addAll(List.of(words));
    command.addAll(List.of("--weights", "" + known.weights, "--threads", "1"));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("JDK_JAVA_OPTIONS", "-Xmx512m");
    Process process = builder.start();
    process.getOutputStream().close();
    return process;
  }

  private Process fit(List<String> before, Path model) throws IOException {
    String[] words = {
      "fit", "padim", "--train", "" + normal, "--model", "" + model, "--size", "64x64"
    };
    return start(before, words);
  }

  private static String said(Process process) throws IOException {
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  private static String require(Process process, int status)
      throws IOException, InterruptedException {
    String said = said(process);
    if (process.waitFor() != status) {
      throw new Wrong("status " + process.exitValue() + ", not " + status + ": " + said);
    }
    return said;
  }

  private void requireWhole() {
    List<String> findings = FileCheck.of(fitted, Optional.empty()).findings();
    if (!findings.isEmpty()) {
      throw new Wrong("a killed fit left a damaged model: " + findings);
    }
  }

  private void killedFit(long millis) throws IOException, InterruptedException {
    Process process = fit(List.of(), fitted);
    if (process.waitFor(millis, TimeUnit.MILLISECONDS)) {
      require(process, 0);
    }
    process.destroyForcibly().waitFor();
    if (Files.exists(fitted)) {
      requireWhole();
    }
  }

  private void fit() throws IOException, InterruptedException {
    require(fit(List.of(), fitted), 0);
    requireWhole();
    try (Stream<Path> left = Files.list(fitted.getParent())) {
      List<String> names = left.map(file -> "" + file.getFileName()).sorted().toList();
      if (!names.equals(List.of("model.json", "model.safetensors"))) {
        throw new Wrong("next to the model there is " + names);
      }
    }
  }

  /** A limit of the files' sizes is to a process what a full disk is. */
  private void fullDisk() throws IOException, InterruptedException {
    Path model = known.folder.resolve("full.safetensors");
    String said =
        require(fit(List.of("bash", "-c", "ulimit -f 64; exec \"$@\"", "kintsugi"), model), 1);
    if (!said.contains("" + model.getFileName())) {
      throw new Wrong("not the disk ended a fit: " + said);
    }
    if (Files.exists(model)) {
      throw new Wrong("a fit on a full disk left a model");
    }
  }

  private void damagedImage() throws IOException, InterruptedException {
    Path out = known.folder.resolve("predicted");
    Path model = known.models.getFirst();
    require(
        start(
            List.of(),
            "predict",
            "--model",
            "" + model,
            "" + images,
            "--out",
            "" + out,
            "--skip-unreadable"),
        0);
    List<String> lines = Files.readAllLines(out.resolve("predictions.csv"));
    for (String line : lines.subList(1, lines.size())) {
      String[] row = line.replace("\"", "").split(",");
      String image = Sha256.of(Path.of(row[0]));
      double expected = known.scores.get(Sha256.of(model)).get(image);
      if (Double.parseDouble(row[1]) != expected) {
        throw new Wrong(line + ", not " + expected);
      }
    }
    if (lines.size() != 5) {
      throw new Wrong("not the four whole images were predicted: " + lines);
    }
  }

  private void damagedModel(int parts) throws IOException, InterruptedException {
    byte[] model = cut(Files.readAllBytes(known.models.getLast()), parts);
    HttpRequest request =
        HttpRequest.newBuilder(server.resolve("/api/models/part"))
            .PUT(BodyPublishers.ofByteArray(model))
            .build();
    HttpResponse<String> response = client.send(request, BodyHandlers.ofString());
    if (response.statusCode() != UNPROCESSABLE) {
      throw new Wrong(
          "a damaged model: " + response.statusCode() + " " + response.body(),
          response.statusCode());
    }
  }
}
