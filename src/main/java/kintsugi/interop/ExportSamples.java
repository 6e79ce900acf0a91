package kintsugi.interop;

import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import kintsugi.InputException;
import kintsugi.OutputFolder;
import kintsugi.detector.Calibration;
import kintsugi.detector.InputSize;
import kintsugi.detector.Model;
import kintsugi.detector.RecordJson;
import kintsugi.experiment.Trace;
import kintsugi.image.ImageSource;
import kintsugi.image.Pixels;
import kintsugi.image.Preprocessing;
import kintsugi.image.TargetSize;
import kintsugi.tensor.Tensor;
import kintsugi.weights.Npz;
import kintsugi.weights.StoredTensor;

/**
 * A handful of images that go with an export: each in a folder of its own, as a PNG of the pixels
 * that were scored and with the values of every stage under the names by which {@code audit
 * --against} and {@code doctor} read them. The folders have the images' names, or numbers where
 * these are not distinct. They show where the export differs when it is run elsewhere.
 */
public final class ExportSamples {
  /** Three are enough to see a difference, and make a few megabytes. */
  public static final int USUAL = 3;

  private static final String LIST = "samples.json";
  private static final String IMAGE = "/image.png";
  private static final String STAGES = "/stages.npz";
  private static final String FOLDER = "[\\p{L}\\p{N}_][\\p{L}\\p{N}_. -]{0,99}(?<![. ])";

  /** Far above the rounding of fp32, far below any other choice. */
  private static final double TOLERANCE = 1e-3;

  private final List<Item> items;

  private ExportSamples(List<Item> items) {
    this.items = items;
  }

  /** An image and its stages. */
  private record Item(String name, Pixels image, Trace trace) {}

  /**
   * One image in the list of them.
   *
   * @param folder with {@code image.png} and {@code stages.npz}
   * @param name of the image
   * @param score as the method returns it
   * @param normalisedScore by the calibration's range
   * @param anomalous whether it is predicted anomalous
   */
  public record Line(
      String folder, String name, double score, double normalisedScore, boolean anomalous) {}

  /**
   * The list of the images.
   *
   * @param recipe of the model
   * @param samples the images
   */
  public record Lines(String recipe, List<Line> samples) {}

  /**
   * Scores the images.
   *
   * @param model a calibrated one
   * @param images whose sizes fit the model
   * @return the images with their stages
   * @throws InputException if an image cannot be read, or has another size than the model's
   */
  public static ExportSamples of(Model model, List<? extends ImageSource> images) {
    List<Item> items = new ArrayList<>();
    for (ImageSource source : images) {
      Trace trace = Trace.of(model, source, Trace.Wanted.VALUES);
      items.add(new Item(name(source), trace.image(), trace));
    }
    return new ExportSamples(items);
  }

  /** The image's name alone: the folder is of no use to those who receive the export. */
  private static String name(ImageSource source) {
    return source.file().map(file -> "" + file.getFileName()).orElse(source.name());
  }

  /**
   * Where each image goes: by its name, by which a comparison finds it, or all by numbers where two
   * names differ in the extension alone or one is not fit for a folder.
   */
  private static List<String> folders(List<String> names) {
    long stems = names.stream().map(name -> name.replaceFirst("\\.[^.]*$", "")).distinct().count();
    boolean fit = names.stream().allMatch(name -> name.matches(FOLDER) && !name.equals(LIST));
    return fit && stems == names.size()
        ? names
        : IntStream.rangeClosed(1, names.size()).mapToObj(Integer::toString).toList();
  }

  /**
   * {@return drawn images of a size that fits the model, the same for the same count}
   *
   * @param model any model
   * @param count how many
   */
  public static List<ImageSource> drawn(Model model, int count) {
    InputSize size = imageSize(model);
    List<ImageSource> images = new ArrayList<>();
    for (int n = 0; n < count; n++) {
      images.add(ImageSource.of("" + (n + 1), drawn(size.width(), size.height(), n)));
    }
    return images;
  }

  /** A size that the model's preprocessing brings to its input's, if possible not that itself. */
  private static InputSize imageSize(Model model) {
    Preprocessing how = model.recipe().preprocessing();
    InputSize input = model.detector().inputSize();
    double factor = how.resize() instanceof TargetSize.Scaled scaled ? scaled.factor() : 0.5;
    int width = (int) (input.width() / factor);
    int height = (int) (input.height() / factor);
    return fits(how, width, height, input) ? new InputSize(width, height) : input;
  }

  private static boolean fits(Preprocessing how, int width, int height, InputSize input) {
    int w = how.resize().width(width, height);
    int h = how.resize().height(width, height);
    return w >= input.width()
        && h >= input.height()
        && how.crop().width(w, h) == input.width()
        && how.crop().height(w, h) == input.height();
  }

  /** Soft waves with grain; every second image has a dark stripe. */
  private static Pixels drawn(int width, int height, int seed) {
    Random random = new Random(seed);
    byte[] rgb = new byte[3 * width * height];
    double phase = 2 * Math.PI * random.nextDouble();
    for (int i = 0; i < rgb.length; i++) {
      double x = (double) (i / 3 % width) / width;
      double y = (double) (i / 3 / width) / height;
      double wave = 150 + 25 * Math.sin(9 * x + phase) * Math.cos(7 * y + i % 3);
      double stripe = seed % 2 == 1 && Math.abs(x - 0.8 * y - 0.1) < 0.02 ? 90 : 0;
      rgb[i] = (byte) Math.clamp((long) (wave - stripe + 6 * random.nextGaussian()), 0, 255);
    }
    return new Pixels(width, height, rgb);
  }

  /** {@return how many images there are} */
  public int count() {
    return items.size();
  }

  /**
   * {@return the folder of an export's images, open}
   *
   * @param folder where they go
   * @param images whose files are never replaced
   * @throws InputException if it cannot be written, or has another's files of these names
   */
  public static OutputFolder open(Path folder, List<? extends ImageSource> images) {
    List<String> names = new ArrayList<>();
    names.add(LIST);
    for (String each : folders(images.stream().map(ExportSamples::name).toList())) {
      names.add(each + IMAGE);
      names.add(each + STAGES);
    }
    List<Path> inputs = images.stream().flatMap(image -> image.file().stream()).toList();
    return OutputFolder.of(folder, "export", names, inputs);
  }

  /**
   * Writes all images, or none.
   *
   * @param out their folder
   * @param model that scored them
   * @throws InputException if it cannot be written
   */
  public void write(OutputFolder out, Model model) {
    List<Line> lines = new ArrayList<>();
    List<String> folders = folders(items.stream().map(Item::name).toList());
    for (Item item : items) {
      String folder = folders.get(lines.size());
      BufferedImage image = item.image().toImage();
      out.write(folder + IMAGE, file -> ImageIO.write(image, "png", file.toFile()));
      out.write(folder + STAGES, file -> Npz.write(file, stages(item.trace(), model)));
      Trace trace = item.trace();
      lines.add(
          new Line(
              folder,
              item.name(),
              trace.tensors().get("score").data()[0],
              trace.score(),
              trace.anomalous()));
    }
    String json = RecordJson.write(new Lines(model.recipe().name(), lines));
    out.write(LIST, file -> Files.writeString(file, json));
    out.commit();
  }

  /** A trace's values, its image's pixels and what the calibration makes of the score. */
  private static Map<String, Tensor> stages(Trace trace, Model model) {
    Pixels image = trace.image();
    Calibration calibration = model.requireCalibration();
    Map<String, Tensor> all = new LinkedHashMap<>(trace.tensors());
    Tensor pixels = Tensor.zeros(image.height(), image.width(), 3);
    for (int i = 0; i < pixels.size(); i++) {
      pixels.data()[i] = image.rgb()[i] & 0xff;
    }
    all.put("pixels", pixels);
    all.put("range", values(calibration.low(), calibration.high()));
    all.put("normalised", values(trace.score()));
    all.put("threshold", values(calibration.threshold()));
    all.put("verdict", values(trace.anomalous() ? 1 : 0));
    return all;
  }

  private static Tensor values(double... values) {
    Tensor tensor = Tensor.zeros(values.length);
    for (int i = 0; i < values.length; i++) {
      tensor.data()[i] = (float) values[i];
    }
    return tensor;
  }

  /**
   * {@return the maximum difference between the normalised scores of a graph and of the model, as a
   * fraction of the larger of the score and 1}
   *
   * @param graph the export of the same model, loaded
   * @throws InputException if the graph fails, or a score differs
   */
  public double difference(OnnxRunner graph) {
    double difference = 0;
    List<String> outputs = List.of(OnnxFormat.NORMALISED_SCORE);
    for (Item item : items) {
      Map<String, StoredTensor> values =
          graph.run(Map.of(OnnxFormat.IMAGES, OnnxRunner.images(item.image())), outputs);
      double ours = item.trace().score();
      double theirs = values.get(OnnxFormat.NORMALISED_SCORE).get(0);
      double error = Math.abs(theirs - ours) / Math.max(1, Math.abs(ours));
      if (!(error <= TOLERANCE)) {
        throw new InputException(
            item.name()
                + ": its normalised score is "
                + ours
                + " and in "
                + graph.runtime()
                + " "
                + theirs
                + "; nothing was written, report this with the model");
      }
      difference = Math.max(difference, error);
    }
    return difference;
  }
}
