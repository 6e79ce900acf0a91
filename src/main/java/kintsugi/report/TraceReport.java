package kintsugi.report;

import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import kintsugi.OutputFolder;
import kintsugi.detector.Explanation;
import kintsugi.detector.Inspector;
import kintsugi.detector.Model;
import kintsugi.detector.Stage;
import kintsugi.experiment.Trace;
import kintsugi.experiment.TrainingPatch;
import kintsugi.image.HeatMap;
import kintsugi.image.ImageSource;
import kintsugi.image.Interpolation;
import kintsugi.image.MapTransform;
import kintsugi.image.Pixels;
import kintsugi.image.Resize;
import kintsugi.tensor.Tensor;
import kintsugi.weights.Npz;

/** The report of a trace: {@code trace.html}, {@code trace.npz} and a drawing of each step. */
public final class TraceReport {
  /** Sides of a patch that its crop shows, and pixels of the crop's longer side. */
  private static final int CROP = 9;

  private static final int CROP_SIDE = 180;

  private TraceReport() {}

  /** A step as the page shows it. */
  private record Step(
      String name,
      String formula,
      String source,
      boolean recomputed,
      Stage.Time time,
      String unit,
      List<String> notes,
      String shape,
      double minimum,
      double maximum,
      String image,
      StageScale.Legend scale,
      String axis,
      float[] values) {}

  /** A training patch as the page shows it; without an image where that was not found. */
  private record Near(double distance, String origin, boolean known, String image) {}

  /** The data of the page's script. */
  private record Contents(
      String title,
      String command,
      String file,
      int row,
      int column,
      double score,
      boolean anomalous,
      String image,
      String input,
      String overlay,
      String patch,
      String unit,
      List<Near> nearest,
      List<Step> steps) {}

  /**
   * {@return the folder of all files, open}
   *
   * @param folder where they go
   * @param source the image, which is never replaced
   * @throws kintsugi.InputException if it cannot be written, or has another's files of these names
   */
  public static OutputFolder open(Path folder, ImageSource source) {
    List<String> names = List.of("trace.html", "trace.npz", "overlay.png");
    return OutputFolder.of(folder, "trace", names, source.file().stream().toList());
  }

  /**
   * Writes everything, or nothing.
   *
   * @param out where it goes
   * @param model which was traced
   * @param source the image
   * @param command the command line that makes it again
   * @param trace its steps
   * @throws kintsugi.InputException if it cannot be written
   */
  public static void write(
      OutputFolder out, Model model, ImageSource source, String command, Trace trace) {
    BufferedImage overlay = overlay(model, trace);
    List<Step> steps = trace.stages().stream().map(stage -> step(stage, out)).toList();
    Contents contents =
        new Contents(
            name(source) + ", step by step: " + model.recipe().name(),
            command,
            source.name(),
            trace.row(),
            trace.column(),
            trace.score(),
            trace.anomalous(),
            Encoded.url(trace.image().toImage(), "png"),
            Encoded.url(trace.input().toImage(), "png"),
            Encoded.url(overlay, "png"),
            crop(trace.original(), trace.box()),
            unit(trace),
            trace.nearest().stream().map(TraceReport::near).toList(),
            steps);
    out.write("trace.html", file -> Page.write(file, "trace", List.of("trace"), contents, ""));
    out.write("trace.npz", file -> Npz.write(file, trace.tensors()));
    out.write("overlay.png", file -> ImageIO.write(overlay, "png", file.toFile()));
    out.commit();
  }

  private static Step step(Stage stage, OutputFolder out) {
    Tensor value = stage.value();
    BufferedImage image =
        switch (stage.kind()) {
          case CHANNELS -> StageImages.channels(value);
          case GRID, MATRIX -> StageImages.grid(value);
          case VECTOR, SPECTRUM, NUMBER -> null;
        };
    if (image != null) {
      String name = stage.name().replaceAll("[^\\w.]+", "-").replaceAll("^-|-$", "");
      out.write(name + ".png", file -> ImageIO.write(image, "png", file.toFile()));
    }
    float[] sorted = value.data().clone();
    Arrays.sort(sorted);
    return new Step(
        stage.name(),
        stage.formula(),
        stage.source(),
        stage.recomputed(),
        stage.time(),
        stage.unit(),
        stage.notes(),
        value.toString().replace("Tensor", ""),
        sorted[0],
        sorted[sorted.length - 1],
        image == null ? null : Encoded.url(image, "png"),
        image == null ? null : scale(stage),
        stage.kind() == Stage.Kind.SPECTRUM ? "logarithmic" : "linear",
        image == null ? value.data() : null);
  }

  /** The unit of the distances. */
  private static String unit(Trace trace) {
    return trace.stages().stream()
        .filter(stage -> stage.name().equals("distances"))
        .map(Stage::unit)
        .findFirst()
        .orElseThrow();
  }

  private static Near near(TrainingPatch patch) {
    Inspector.Neighbour neighbour = patch.neighbour();
    return new Near(
        neighbour.distance(),
        neighbour.origin().toString(),
        neighbour.origin().hasPlace(),
        patch.image().map(image -> crop(image, patch.box().orElseThrow())).orElse(null));
  }

  /** The surroundings of a patch, enlarged, with a box around it. */
  private static String crop(Pixels image, Explanation.Box box) {
    int side = (int) Math.ceil(CROP * Math.max(box.width(), box.height()));
    int width = Math.min(image.width(), side);
    int height = Math.min(image.height(), side);
    double middleX = box.x() + box.width() / 2;
    double middleY = box.y() + box.height() / 2;
    int left = Math.clamp(Math.round(middleX - width / 2.0), 0, image.width() - width);
    int top = Math.clamp(Math.round(middleY - height / 2.0), 0, image.height() - height);
    double scale = (double) CROP_SIDE / Math.max(width, height);
    BufferedImage part = image.toImage().getSubimage(left, top, width, height);
    BufferedImage large =
        Resize.resize(
                Pixels.of(part),
                Encoded.scaled(width, scale),
                Encoded.scaled(height, scale),
                Interpolation.BILINEAR)
            .toImage();
    Boxes.draw(
        large,
        large.getWidth(),
        List.of(
            new Explanation.Box(
                (box.x() - left) * scale,
                (box.y() - top) * scale,
                box.width() * scale,
                box.height() * scale,
                0)));
    return Encoded.url(large, "png");
  }

  /** The name of a file without its folders, or of an image in memory. */
  static String name(ImageSource source) {
    return source.fileName();
  }

  private static StageScale.Legend scale(Stage stage) {
    float[] values = stage.value().data();
    StageScale scale = StageScale.of(values, StageScale.isSigned(values));
    return stage.kind() == Stage.Kind.CHANNELS
        ? scale.legendOf(StageImages.ranges(stage.value()))
        : scale.legend();
  }

  /** The image with its heat map and a box around the patch. */
  private static BufferedImage overlay(Model model, Trace trace) {
    Pixels image = trace.image();
    MapTransform transform = model.recipe().preprocessing().toImage(image.width(), image.height());
    BufferedImage overlay =
        HeatMap.overlay(image, trace.map(), transform, model.requireCalibration().colours());
    Tensor distances = trace.tensors().get("distances");
    double width = (double) trace.map().dim(1) / distances.dim(1);
    double height = (double) trace.map().dim(0) / distances.dim(0);
    Rectangle2D patch =
        transform.toImage(
            trace.column() * width,
            trace.row() * height,
            (trace.column() + 1) * width,
            (trace.row() + 1) * height);
    Boxes.draw(
        overlay,
        image.width(),
        List.of(
            new Explanation.Box(
                patch.getX(), patch.getY(), patch.getWidth(), patch.getHeight(), 0)));
    return overlay;
  }
}
