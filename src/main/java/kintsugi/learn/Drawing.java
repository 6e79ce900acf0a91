package kintsugi.learn;

import java.util.SplittableRandom;
import kintsugi.image.Pixels;

/** One attempt at a defect: its place, and the pixels that it changes. */
final class Drawing {
  /** Places among which the one with the most structure is taken. */
  private static final int PLACES = 4;

  private final Pixels normal;
  private final Pixels other;
  private final SyntheticDefect.Plan plan;
  private final SplittableRandom random;
  private final byte[] rgb;
  private final double size;
  private final double x;
  private final double y;

  Drawing(Pixels normal, Pixels other, SyntheticDefect.Plan plan, SplittableRandom random) {
    this.normal = normal;
    this.other = other;
    this.plan = plan;
    this.random = random;
    this.rgb = normal.rgb().clone();
    this.size =
        Math.max(3, plan.extent() * Math.min(normal.width(), normal.height()))
            * random.nextDouble(0.7, 1.3);
    double[] place = place();
    this.x = place[0];
    this.y = place[1];
  }

  /** The most structured of some places, so that a part before a plain ground is hit. */
  private double[] place() {
    double[] best = null;
    double most = -1;
    for (int i = 0; i < PLACES; i++) {
      double[] at = {random.nextDouble(normal.width()), random.nextDouble(normal.height())};
      double structure = structure(at[0], at[1]);
      if (structure > most) {
        most = structure;
        best = at;
      }
    }
    return best;
  }

  /** The standard deviation of brightness around a point. */
  private double structure(double cx, double cy) {
    double sum = 0;
    double squares = 0;
    int count = 0;
    double step = Math.max(1, size / 8);
    for (double py = cy - size / 2; py <= cy + size / 2; py += step) {
      for (double px = cx - size / 2; px <= cx + size / 2; px += step) {
        double value = value(normal, px, py, 1);
        sum += value;
        squares += value * value;
        count++;
      }
    }
    return Math.sqrt(Math.max(0, squares / count - sum / count * (sum / count)));
  }

  Pixels drawn() {
    switch (plan.kind()) {
      case PATCH -> patch(size * random.nextDouble(0.5, 1), size * random.nextDouble(0.5, 1), 0);
      case STRIP ->
          patch(size, Math.max(2, size * random.nextDouble(0.1, 0.25)), random.nextDouble(3.14));
      case TEXTURE -> texture();
      case SCRATCH -> scratch();
      default -> blob();
    }
    return new Pixels(normal.width(), normal.height(), rgb);
  }

  /** A turned rectangle of another place, its brightness shifted. */
  private void patch(double width, double height, double angle) {
    double fromX = random.nextDouble(normal.width());
    double fromY = random.nextDouble(normal.height());
    Pixels source = random.nextBoolean() ? normal : other;
    double shift = shift() / 2;
    double opacity = 0.4 + 0.6 * plan.contrast();
    double cos = Math.cos(angle);
    double sin = Math.sin(angle);
    each(
        Math.hypot(width, height) / 2 + 1,
        (px, py) -> {
          double u = (px - x) * cos + (py - y) * sin;
          double v = (py - y) * cos - (px - x) * sin;
          return Math.abs(u) <= width / 2 && Math.abs(v) <= height / 2 ? opacity : 0;
        },
        (px, py, c) -> value(source, fromX + px - x, fromY + py - y, c) + shift);
  }

  /** Another image's texture, or noise, where noise is above a threshold. */
  private void texture() {
    Noise ragged = new Noise(random);
    Noise grain = new Noise(random);
    boolean foreign = random.nextBoolean();
    double offset = random.nextDouble(60);
    double fromX = random.nextDouble(other.width());
    double fromY = random.nextDouble(other.height());
    double amplitude = Math.abs(shift()) * 2;
    double opacity = 0.3 + 0.7 * plan.contrast();
    double cell = size / 3;
    double fine = Math.max(2, size / 12);
    each(
        size / 2 + 1,
        (px, py) -> {
          double radius = Math.hypot(px - x, py - y) / (size / 2);
          double inside = 1 - radius * radius;
          return inside > 0 && ragged.at(offset + px / cell, py / cell) > 0.3 - 0.6 * inside
              ? opacity
              : 0;
        },
        (px, py, c) ->
            foreign
                ? value(other, fromX + px - x, fromY + py - y, c)
                : value(normal, px, py, c) + amplitude * grain.at(px / fine, py / fine));
  }

  /** A thin curve through the place. */
  private void scratch() {
    double angle = random.nextDouble(2 * Math.PI);
    double bend = random.nextDouble(-1, 1) / size;
    double half = Math.max(0.7, 0.004 * Math.min(normal.width(), normal.height()));
    double cos = Math.cos(angle);
    double sin = Math.sin(angle);
    double shift = shift();
    each(
        size,
        (px, py) -> {
          double u = (px - x) * cos + (py - y) * sin;
          double v = (py - y) * cos - (px - x) * sin - bend * u * u;
          return Math.abs(u) > size ? 0 : Math.clamp(half + 0.5 - Math.abs(v), 0.0, 1.0);
        },
        (px, py, c) -> value(normal, px, py, c) + shift);
  }

  /** A spot with soft edges. */
  private void blob() {
    double longer = size / 2;
    double shorter = longer * random.nextDouble(0.5, 1);
    double angle = random.nextDouble(Math.PI);
    double cos = Math.cos(angle);
    double sin = Math.sin(angle);
    double shift = shift();
    double[] tint = {random.nextDouble(0.7, 1), random.nextDouble(0.7, 1), 1};
    boolean coloured = isColoured();
    each(
        longer + 1,
        (px, py) -> {
          double u = ((px - x) * cos + (py - y) * sin) / longer;
          double v = ((py - y) * cos - (px - x) * sin) / shorter;
          return Math.clamp(2 * (1 - Math.hypot(u, v)), 0.0, 1.0);
        },
        (px, py, c) -> value(normal, px, py, c) + shift * (coloured ? tint[c] : 1));
  }

  private boolean isColoured() {
    int at = ((int) y * normal.width() + (int) x) * 3;
    return normal.rgb()[at] != normal.rgb()[at + 1] || normal.rgb()[at] != normal.rgb()[at + 2];
  }

  /** Levels that are added: away from white where the place is light, from black where dark. */
  private double shift() {
    double level = value(normal, x, y, 1);
    double sign = level > 200 || level > 55 && random.nextBoolean() ? -1 : 1;
    return sign * (12 + 100 * plan.contrast()) * random.nextDouble(0.7, 1.2);
  }

  /** How opaque the defect is at a point, 0 to 1. */
  private interface Opacity {
    double at(double x, double y);
  }

  /** A channel's value of the defect at a point. */
  private interface Value {
    double at(double x, double y, int channel);
  }

  /** Blends the defect into the pixels around the place. */
  private void each(double reach, Opacity opacity, Value value) {
    int left = (int) Math.max(0, x - reach);
    int right = (int) Math.min(normal.width() - 1, x + reach);
    int bottom = (int) Math.min(normal.height() - 1, y + reach);
    for (int py = (int) Math.max(0, y - reach); py <= bottom; py++) {
      for (int px = left; px <= right; px++) {
        double alpha = opacity.at(px, py);
        for (int c = 0; c < 3 && alpha > 0; c++) {
          int at = (py * normal.width() + px) * 3 + c;
          double before = rgb[at] & 0xff;
          double after = before + alpha * (value.at(px, py, c) - before);
          rgb[at] = (byte) Math.clamp(Math.round(after), 0, 255);
        }
      }
    }
  }

  /** A pixel, mirrored at the edges. */
  private static double value(Pixels image, double x, double y, int channel) {
    return image.at(mirrored(x, image.width()), mirrored(y, image.height()), channel);
  }

  private static int mirrored(double place, int length) {
    int at = Math.floorMod((int) Math.floor(place), 2 * length);
    return at < length ? at : 2 * length - 1 - at;
  }
}
