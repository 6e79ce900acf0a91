package kintsugi.image;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.Shape;
import java.awt.geom.Path2D;
import java.awt.geom.Point2D;
import java.awt.image.BufferedImage;
import kintsugi.tensor.Tensor;

/** The outlines of regions: of a map at a threshold, and of a mask. */
public final class Contours {
  /** The line around what a map has above the threshold. */
  public static final int ABOVE = 0xffffff;

  /** The line around a mask; blue stays blue in every common kind of colour blindness. */
  public static final int MASK = 0x56b4e9;

  /** The longer side of an image by the width of a line. */
  private static final float SIDES_PER_WIDTH = 500;

  /** In pixels; a thinner line between two pixels would be grey. */
  private static final float MIN_WIDTH = 1.5f;

  private final Tensor map;
  private final double threshold;
  private final MapTransform transform;
  private final Path2D path = new Path2D.Double();

  private Contours(Tensor map, double threshold, MapTransform transform) {
    this.map = map;
    this.threshold = threshold;
    this.transform = transform;
  }

  /**
   * {@return the outline of what a map has at or above a threshold, in the image's coordinates;
   * where that reaches the map's edge, the edge}
   *
   * @param map {@code [H, W]}; between the centres of its pixels it is interpolated
   * @param threshold the minimum value inside
   * @param transform between map and image
   */
  public static Shape of(Tensor map, double threshold, MapTransform transform) {
    Contours contours = new Contours(map, threshold, transform);
    for (int row = 0; row < map.dim(0) + 3; row++) {
      for (int column = 0; column < map.dim(1) + 3; column++) {
        contours.addCell(row, column);
      }
    }
    return contours.path;
  }

  /**
   * {@return the outline of a mask's regions along its pixels' edges, in its own coordinates}
   *
   * @param mask the mask
   */
  public static Shape of(Mask mask) {
    Path2D path = new Path2D.Double();
    for (int y = 0; y <= mask.height(); y++) {
      for (int x = 0; x < mask.width(); x++) {
        int from = x;
        while (x < mask.width() && at(mask, x, y - 1) != at(mask, x, y)) {
          x++;
        }
        line(path, from, y, x, y);
      }
    }
    for (int x = 0; x <= mask.width(); x++) {
      for (int y = 0; y < mask.height(); y++) {
        int from = y;
        while (y < mask.height() && at(mask, x - 1, y) != at(mask, x, y)) {
          y++;
        }
        line(path, x, from, x, y);
      }
    }
    return path;
  }

  /**
   * Draws a shape's outline, between two black lines so that it shows on any background.
   *
   * @param on the image
   * @param shape in the image's coordinates
   * @param rgb its colour, {@code 0xrrggbb}
   */
  public static void draw(BufferedImage on, Shape shape, int rgb) {
    float width = Math.max(MIN_WIDTH, Math.max(on.getWidth(), on.getHeight()) / SIDES_PER_WIDTH);
    Graphics2D graphics = on.createGraphics();
    graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    graphics.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
    graphics.setStroke(stroke(2.25f * width));
    graphics.setColor(Color.BLACK);
    graphics.draw(shape);
    graphics.setStroke(stroke(width));
    graphics.setColor(new Color(rgb));
    graphics.draw(shape);
    graphics.dispose();
  }

  private static BasicStroke stroke(float width) {
    return new BasicStroke(width, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND);
  }

  private static boolean at(Mask mask, int x, int y) {
    return x >= 0 && y >= 0 && x < mask.width() && y < mask.height() && mask.at(x, y);
  }

  private static void line(Path2D path, int fromX, int fromY, int toX, int toY) {
    if (fromX != toX || fromY != toY) {
      path.moveTo(fromX, fromY);
      path.lineTo(toX, toY);
    }
  }

  /**
   * The part of the outline in the square between four nodes (marching squares). The nodes are the
   * centres of the map's pixels, in a frame of its edge's values at its edge, in a frame of values
   * below any threshold, also at its edge, which closes the outline.
   */
  private void addCell(int row, int column) {
    double upperLeft = value(row, column);
    double upperRight = value(row, column + 1);
    double lowerRight = value(row + 1, column + 1);
    double lowerLeft = value(row + 1, column);
    int above =
        (upperLeft >= threshold ? 1 : 0)
            | (upperRight >= threshold ? 2 : 0)
            | (lowerRight >= threshold ? 4 : 0)
            | (lowerLeft >= threshold ? 8 : 0);
    if (above == 0 || above == 15) {
      return;
    }
    double x = place(column, map.dim(1));
    double y = place(row, map.dim(0));
    double width = place(column + 1, map.dim(1)) - x;
    double height = place(row + 1, map.dim(0)) - y;
    Point2D top = transform.toImage(x + width * crossing(upperLeft, upperRight), y);
    Point2D bottom = transform.toImage(x + width * crossing(lowerLeft, lowerRight), y + height);
    Point2D left = transform.toImage(x, y + height * crossing(upperLeft, lowerLeft));
    Point2D right = transform.toImage(x + width, y + height * crossing(upperRight, lowerRight));
    switch (above) {
      case 1, 14 -> line(left, top);
      case 2, 13 -> line(top, right);
      case 4, 11 -> line(right, bottom);
      case 8, 7 -> line(bottom, left);
      case 3, 12 -> line(left, right);
      case 6, 9 -> line(top, bottom);
      // Diagonal neighbours are one region, as the regions have it.
      case 5 -> {
        line(top, right);
        line(bottom, left);
      }
      default -> {
        line(left, top);
        line(right, bottom);
      }
    }
  }

  private void line(Point2D from, Point2D to) {
    if (!from.equals(to)) {
      path.moveTo(from.getX(), from.getY());
      path.lineTo(to.getX(), to.getY());
    }
  }

  private double value(int row, int column) {
    int height = map.dim(0);
    int width = map.dim(1);
    if (row == 0 || column == 0 || row == height + 3 || column == width + 3) {
      return Double.NEGATIVE_INFINITY;
    }
    int y = Math.clamp(row - 2, 0, height - 1);
    int x = Math.clamp(column - 2, 0, width - 1);
    return map.data()[y * width + x];
  }

  /** Where a node is along one axis of the map. */
  private static double place(int node, int length) {
    return Math.clamp(node - 1.5, 0, length);
  }

  /** Where the threshold is between two nodes, as a fraction of their distance. */
  private double crossing(double from, double to) {
    return Double.isFinite(from) && Double.isFinite(to) && from != to
        ? (threshold - from) / (to - from)
        : 0;
  }
}
