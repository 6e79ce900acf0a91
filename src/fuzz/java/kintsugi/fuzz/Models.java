package kintsugi.fuzz;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kintsugi.InputException;
import kintsugi.audit.Against;
import kintsugi.audit.Doctor;
import kintsugi.audit.DumpSubject;
import kintsugi.audit.ModelSubject;
import kintsugi.audit.Subject;
import kintsugi.backbone.ResNet;
import kintsugi.detector.Choices;
import kintsugi.detector.Fit;
import kintsugi.detector.InputSize;
import kintsugi.detector.Methods;
import kintsugi.detector.Model;
import kintsugi.detector.Recipe;
import kintsugi.detector.Scored;
import kintsugi.detector.Session;
import kintsugi.engine.Parallel;
import kintsugi.engine.scalar.ScalarEngine;
import kintsugi.image.ImageSource;
import kintsugi.tensor.Tensor;
import kintsugi.weights.Weights;

/** The readers of models and partial fits, and of another implementation's dumps. */
final class Models {
  private static final Session SESSION = session();
  private static final int SIDE = 16;

  private Models() {}

  /** Random weights without the layers that no recipe uses: a quarter of the memory. */
  private static Session session() {
    Weights whole = ResNet.randomWeights(1);
    Map<String, Tensor> tensors = new LinkedHashMap<>(whole.tensors());
    tensors.keySet().removeIf(name -> name.startsWith("layer4") || name.startsWith("fc"));
    Parallel parallel = new Parallel(1);
    Weights weights = new Weights(whole.source(), whole.fingerprint(), tensors);
    return Session.strict(new ScalarEngine(parallel), parallel, weights);
  }

  /** A file is accepted as a fit that continues, as a model, or as both. */
  static void read(byte[] data) throws IOException {
    Path file = Scratch.file("fuzz.safetensors", data);
    boolean fit = continues(file);
    try {
      score(Model.load(file, SESSION));
    } catch (InputException e) {
      if (!fit) {
        throw e;
      }
    }
  }

  private static boolean continues(Path file) {
    try (Fit fit = Fit.load(file, SESSION)) {
      return fit.count() > 0;
    } catch (InputException e) {
      return false;
    }
  }

  /** A model of small images that was accepted has to score one, or to refuse. */
  private static void score(Model model) {
    InputSize size = model.detector().inputSize();
    if (size.width() <= SIDE && size.height() <= SIDE) {
      Scored scored =
          model.detector().score(List.of(image(7)), Fuzz.NAME).findFirst().orElseThrow();
      if (!Double.isFinite(scored.score())) {
        throw new AssertionError("accepted, but the score is " + scored.score());
      }
    }
  }

  /** A header that ends at the first zero byte, whose length is put before it, and the values. */
  static void readFramed(byte[] data) throws IOException {
    int length = 0;
    while (length < data.length && data[length] != 0) {
      length++;
    }
    int values = Math.max(0, data.length - length - 1);
    ByteBuffer file = ByteBuffer.allocate(8 + length + values).order(ByteOrder.LITTLE_ENDIAN);
    file.putLong(length).put(data, 0, length).put(data, data.length - values, values);
    read(file.array());
  }

  /** {@return the seeds without the length in front, and with a zero byte after the header} */
  static List<byte[]> framed() throws IOException {
    return seeds().stream().map(Models::framed).toList();
  }

  private static byte[] framed(byte[] file) {
    int length = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getInt();
    ByteBuffer framed = ByteBuffer.allocate(file.length - 7).put(file, 8, length).put((byte) 0);
    return framed.put(file, 8 + length, file.length - 8 - length).array();
  }

  /** A dump is accepted by itself, next to a model's values, or both. */
  static void dump(byte[] data) throws IOException {
    Path file = Scratch.file("fuzz.npz", data);
    InputException refused = null;
    try {
      Against.compare(SESSION, file);
    } catch (InputException e) {
      refused = e;
    }
    try {
      Doctor.compare(SESSION, own(), DumpSubject.of(file), List.of(image(1)));
      Doctor.compare(SESSION, DumpSubject.of(file), own(), List.of());
    } catch (InputException e) {
      if (refused != null) {
        throw e;
      }
    }
  }

  private static Subject own;

  /** A model of few values. */
  private static synchronized Subject own() throws IOException {
    if (own == null) {
      // The second is the finished one.
      Path file = Scratch.file("own.safetensors", seeds().get(1));
      own = new ModelSubject("own", Model.load(file, SESSION));
    }
    return own;
  }

  /** {@return a model's own values} */
  static List<byte[]> dumps() throws IOException {
    Path file = Scratch.file("own.npz", new byte[0]);
    own().values(image(1)).write(file);
    return List.of(Files.readAllBytes(file));
  }

  private static ImageSource image(int seed) {
    BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_3BYTE_BGR);
    for (int i = 0; i < SIDE * SIDE; i++) {
      image.setRGB(i % SIDE, i / SIDE, i * seed * 0x1235);
    }
    return ImageSource.of(Fuzz.NAME, image);
  }

  /** {@return models of few values, finished and not} */
  static List<byte[]> seeds() throws IOException {
    List<byte[]> seeds = new ArrayList<>();
    seeds.addAll(seeds("padim", Map.of("channels", "3", "taps", "layer3")));
    seeds.addAll(
        seeds(
            "patchcore",
            Map.of("taps", "layer2", "neighbourhood", "1", "width", "8", "ratio", "0.1")));
    return seeds;
  }

  private static List<byte[]> seeds(String method, Map<String, String> choices) throws IOException {
    Map<String, String> all = new LinkedHashMap<>(choices);
    all.put("resize", SIDE + "x" + SIDE);
    all.put("crop", "same");
    Recipe recipe = Choices.with(Methods.recipe(method), all);
    Path partial = Scratch.free("partial.safetensors");
    Path model = Scratch.free("model.safetensors");
    try (Fit fit = Methods.named(method).fit(SESSION, recipe, 1)) {
      fit.add(List.of(image(1), image(2), image(3), image(4)));
      fit.save(partial);
      fit.finish().save(model);
    }
    return List.of(withoutDigest(partial), withoutDigest(model));
  }

  /**
   * {@return a file in the format before the digest, without which every change of a value is seen
   * at once, and nothing behind that check is reached}
   */
  private static byte[] withoutDigest(Path file) throws IOException {
    String text = Files.readString(file, StandardCharsets.ISO_8859_1);
    return text.replace("\"kintsugi.format\":\"4\"", "\"kintsugi.format\":\"3\"")
        .getBytes(StandardCharsets.ISO_8859_1);
  }
}
