package kintsugi.report;

import java.awt.image.BufferedImage;
import java.util.List;
import java.util.stream.IntStream;
import kintsugi.tensor.Tensor;

/** The drawings of tensors, channels as tiles and grids, in the colours of {@link StageScale}. */
final class StageImages {
  /** Channels that are drawn. */
  private static final int TILES = 64;

  private static final int TILES_PER_ROW = 16;

  /** Minimum pixels of a drawing's longer side, and of a tile's. */
  private static final int SIDE = 240;

  private static final int TILE_SIDE = 48;
  private static final int GAP = 2;
  private static final int GAP_COLOUR = 0x808080;

  private StageImages() {}

  /** The first channels of {@code [1, H, W, C]} as tiles, each over its own range. */
  static BufferedImage channels(Tensor value) {
    int h = value.dim(1);
    int w = value.dim(2);
    int c = value.dim(3);
    int tiles = Math.min(TILES, c);
    int columns = Math.min(TILES_PER_ROW, tiles);
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
    boolean signed = StageScale.isSigned(value.data());
    for (int t = 0; t < tiles; t++) {
      float[] channel = channel(value, t);
      draw(
          StageScale.of(channel, signed),
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

  private static float[] channel(Tensor value, int index) {
    int c = value.dim(3);
    float[] channel = new float[value.dim(1) * value.dim(2)];
    for (int i = 0; i < channel.length; i++) {
      channel[i] = value.data()[i * c + index];
    }
    return channel;
  }

  /** The scales of the channels that {@link #channels} draws. */
  static List<StageScale> ranges(Tensor value) {
    boolean signed = StageScale.isSigned(value.data());
    return IntStream.range(0, Math.min(TILES, value.dim(3)))
        .mapToObj(t -> StageScale.of(channel(value, t), signed))
        .toList();
  }

  private static void fill(BufferedImage drawn) {
    for (int i = 0; i < drawn.getWidth() * drawn.getHeight(); i++) {
      drawn.setRGB(i % drawn.getWidth(), i / drawn.getWidth(), GAP_COLOUR);
    }
  }

  /** {@code [1, H, W]} or {@code [H, W]} over its range. */
  static BufferedImage grid(Tensor value) {
    int h = value.dim(-2);
    int w = value.dim(-1);
    int scale = Math.max(1, Math.ceilDiv(SIDE, Math.max(h, w)));
    BufferedImage drawn = new BufferedImage(w * scale, h * scale, BufferedImage.TYPE_INT_RGB);
    float[] values = value.data();
    StageScale colours = StageScale.of(values, StageScale.isSigned(values));
    draw(colours, values, h, w, drawn, 0, 0, w * scale, h * scale);
    return drawn;
  }

  private static void draw(
      StageScale colours,
      float[] values,
      int h,
      int w,
      BufferedImage to,
      int left,
      int top,
      int width,
      int height) {
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        float v = values[y * h / height * w + x * w / width];
        to.setRGB(left + x, top + y, colours.colour(v));
      }
    }
  }
}
