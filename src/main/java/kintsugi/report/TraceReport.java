package kintsugi.report;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import javax.imageio.ImageIO;
import kintsugi.AtomicOutput;
import kintsugi.detector.Explanation;
import kintsugi.detector.Model;
import kintsugi.detector.Trace;
import kintsugi.image.HeatMap;
import kintsugi.image.Preprocessing;
import kintsugi.tensor.Tensor;
import kintsugi.weights.Npz;
import org.joml.Matrix3x2d;
import org.joml.Vector2d;

/**
 * What a trace leaves behind: {@code trace.html}, {@code trace.npz} and a picture of each step, for
 * whoever writes about it.
 */
public final class TraceReport {
  /** Channels drawn of a step. */
  private static final int TILES = 64;

  private static final int TILES_A_ROW = 16;

  /** Pixels that a drawing should have at least on its longer side, and a tile. */
  private static final int SIDE = 240;

  private static final int TILE_SIDE = 48;
  private static final int GAP = 2;
  private static final int GAP_COLOUR = 0x808080;

  private TraceReport() {}

  /** A step as the page shows it. */
  private record Step(
      String name,
      String formula,
      String source,
      double millis,
      String shape,
      double least,
      double largest,
      String picture,
      float[] values) {}

  /** What the page's script shows. */
  private record Contents(
      String title,
      String command,
      String file,
      int row,
      int column,
      double score,
      boolean anomalous,
      String picture,
      String input,
      String overlay,
      List<Step> steps) {}

  /**
   * Writes everything, or nothing.
   *
   * @param folder where it goes
   * @param model which was traced
   * @param file the picture
   * @param command the command line that makes it again
   * @param trace its steps
   * @throws kintsugi.InputException if it cannot be written
   */
  public static void write(Path folder, Model model, Path file, String command, Trace trace) {
    AtomicOutput.folder(
        folder,
        part -> {
          BufferedImage overlay = overlay(model, trace);
          List<Step> steps = new ArrayList<>();
          for (Trace.Stage stage : trace.stages()) {
            steps.add(step(stage, part));
          }
          Contents contents =
              new Contents(
                  model.detector().recipe().name() + ", step by step",
                  command,
                  file.toString(),
                  trace.row(),
                  trace.column(),
                  trace.score(),
                  trace.anomalous(),
                  address(trace.picture().toImage()),
                  address(trace.input().toImage()),
                  address(overlay),
                  steps);
          Page.write(part.resolve("trace.html"), "trace", List.of("trace"), contents, "");
          Npz.write(part.resolve("trace.npz"), trace.tensors());
          ImageIO.write(overlay, "png", part.resolve("overlay.png").toFile());
        });
  }

  private static Step step(Trace.Stage stage, Path folder) throws IOException {
    Tensor value = stage.value();
    BufferedImage picture =
        switch (stage.kind()) {
          case CHANNELS -> channels(value);
          case GRID, MATRIX -> grid(value);
          case VECTOR, NUMBER -> null;
        };
    if (picture != null) {
      String name = stage.name().replaceAll("[^\\w.]+", "-").replaceAll("^-|-$", "");
      ImageIO.write(picture, "png", folder.resolve(name + ".png").toFile());
    }
    float[] sorted = value.data().clone();
    Arrays.sort(sorted);
    return new Step(
        stage.name(),
        stage.formula(),
        stage.source(),
        stage.millis(),
        value.toString().replace("Tensor", ""),
        sorted[0],
        sorted[sorted.length - 1],
        picture == null ? null : address(picture),
        picture == null ? value.data() : null);
  }

  /** The first channels of {@code [1, H, W, C]} as tiles, each over its own range. */
  private static BufferedImage channels(Tensor value) {
    int h = value.dim(1);
    int w = value.dim(2);
    int c = value.dim(3);
    int tiles = Math.min(TILES, c);
    int columns = Math.min(TILES_A_ROW, tiles);
    int scale = Math.max(1, Math.ceilDiv(c <= 3 ? SIDE : TILE_SIDE, Math.max(h, w)));
    int shrink = c <= 3 ? 1 : Math.max(1, Math.max(h, w) / TILE_SIDE);
    int width = w * scale / shrink;
    int height = h * scale / shrink;
    BufferedImage drawn =
        new BufferedImage(
            columns * (width + GAP),
            Math.ceilDiv(tiles, columns) * (height + GAP),
            BufferedImage.TYPE_INT_RGB);
    fill(drawn);
    for (int t = 0; t < tiles; t++) {
      float[] channel = new float[h * w];
      for (int i = 0; i < channel.length; i++) {
        channel[i] = value.data()[i * c + t];
      }
      draw(
          channel,
          h,
          w,
          drawn,
          t % columns * (width + GAP),
          t / columns * (height + GAP),
          width,
          height);
    }
    return drawn;
  }

  private static void fill(BufferedImage drawn) {
    for (int i = 0; i < drawn.getWidth() * drawn.getHeight(); i++) {
      drawn.setRGB(i % drawn.getWidth(), i / drawn.getWidth(), GAP_COLOUR);
    }
  }

  /** {@code [1, H, W]} or {@code [H, W]} over its range. */
  private static BufferedImage grid(Tensor value) {
    int h = value.dim(-2);
    int w = value.dim(-1);
    int scale = Math.max(1, Math.ceilDiv(SIDE, Math.max(h, w)));
    BufferedImage drawn = new BufferedImage(w * scale, h * scale, BufferedImage.TYPE_INT_RGB);
    draw(value.data(), h, w, drawn, 0, 0, w * scale, h * scale);
    return drawn;
  }

  private static void draw(
      float[] values, int h, int w, BufferedImage to, int left, int top, int width, int height) {
    float least = Float.POSITIVE_INFINITY;
    float largest = Float.NEGATIVE_INFINITY;
    for (float v : values) {
      least = Math.min(least, v);
      largest = Math.max(largest, v);
    }
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        float v = values[y * h / height * w + x * w / width];
        double share = largest > least ? (v - least) / (largest - least) : 0;
        to.setRGB(left + x, top + y, HeatMap.colour(share));
      }
    }
  }

  /** The picture with its heat map and a box around the patch. */
  private static BufferedImage overlay(Model model, Trace trace) {
    Preprocessing input = model.detector().recipe().preprocessing();
    Matrix3x2d toPicture = input.toPicture(trace.picture().width(), trace.picture().height());
    BufferedImage overlay = Overlay.draw(model, trace.picture(), trace.map());
    Tensor distances = trace.tensors().get("distances");
    double patchWidth = (double) trace.map().dim(1) / distances.dim(1);
    double patchHeight = (double) trace.map().dim(0) / distances.dim(0);
    Vector2d from =
        toPicture.transformPosition(
            new Vector2d(trace.column() * patchWidth, trace.row() * patchHeight));
    Vector2d to =
        toPicture.transformPosition(
            new Vector2d((trace.column() + 1) * patchWidth, (trace.row() + 1) * patchHeight));
    Overlay.drawBoxes(
        overlay, List.of(new Explanation.Box(from.x, from.y, to.x - from.x, to.y - from.y, 0)));
    return overlay;
  }

  private static String address(BufferedImage image) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageIO.write(image, "png", bytes);
    return "data:image/png;base64," + Base64.getEncoder().encodeToString(bytes.toByteArray());
  }
}
