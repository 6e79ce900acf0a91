package kintsugi.dataset;

import java.awt.geom.Path2D;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import kintsugi.InputException;
import kintsugi.image.Mask;
import kintsugi.image.Region;
import kintsugi.weights.JsonText;

/**
 * A file of a region: a mask, whose pixels above zero are in it, or polygons in JSON.
 *
 * <pre>{@code
 * {"width": 640, "height": 480,
 *  "include": [[[20, 30], [600, 30], [600, 450]]],
 *  "exclude": [[[100, 100], [140, 100], [140, 140], [100, 140]]]}
 * }</pre>
 *
 * <p>Points are in pixels of an image of that size, whose upper left corner is (0, 0). Without
 * {@code include} the whole image is in the region. LabelMe's files are read too, their polygons
 * and rectangles; what is labelled {@code ignore} or {@code exclude} is not in the region.
 */
public final class RegionFile {
  private static final List<String> NAMES = List.of("width", "height", "include", "exclude");
  private static final List<String> EXCLUDED = List.of("ignore", "exclude");

  private final int width;
  private final int height;
  private final List<Path2D> include = new ArrayList<>();
  private final List<Path2D> exclude = new ArrayList<>();

  private RegionFile(Map<?, ?> json, String width, String height) {
    this.width = side(json, width);
    this.height = side(json, height);
  }

  /**
   * {@return whether a file is one of polygons by its name, which ends in {@code .json}}
   *
   * @param file the file
   */
  public static boolean isPolygons(Path file) {
    return file.toString().toLowerCase(Locale.ROOT).endsWith(".json");
  }

  /**
   * {@return the region of a file}
   *
   * @param file a mask of any image format, or polygons in JSON
   * @param maxPixels pixels of the largest mask that is read
   * @throws InputException if it cannot be read, or is neither
   */
  public static Region read(Path file, long maxPixels) {
    if (!isPolygons(file) || Files.isDirectory(file)) {
      return Region.of(Mask.read(file, maxPixels));
    }
    try {
      return polygons(ListText.read(file));
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new InputException(
          file
              + ": is not a region ("
              + InputException.quoted(e.getMessage())
              + "); write {\"width\":W,\"height\":H,\"include\":[[[x,y],[x,y],[x,y]]]}, or draw a"
              + " mask",
          e);
    }
  }

  /**
   * {@return the region of interest of a file}
   *
   * @param file a mask of any image format, or polygons in JSON
   * @param maxPixels pixels of the largest mask that is read
   * @throws InputException if it cannot be read, is neither, or has no pixel
   */
  public static Region interest(Path file, long maxPixels) {
    return requirePixels(file, read(file, maxPixels), "no pixel is in this region of interest");
  }

  /**
   * {@return all but what a file says to ignore}
   *
   * @param file a mask of any image format, or polygons in JSON
   * @param maxPixels pixels of the largest mask that is read
   * @throws InputException if it cannot be read, is neither, or leaves no pixel
   */
  public static Region notIgnored(Path file, long maxPixels) {
    return requirePixels(
        file, read(file, maxPixels).inverse(), "every pixel is in this region to be ignored");
  }

  private static Region requirePixels(Path file, Region region, String otherwise) {
    if (region.isEmpty()) {
      throw new InputException(
          file + ": " + otherwise + "; what is above zero, or within the polygons, is in a region");
    }
    return region;
  }

  private static Region polygons(String text) {
    if (!(JsonText.parse(text) instanceof Map<?, ?> json)) {
      throw new IllegalArgumentException("its JSON is not an object");
    }
    boolean labelMe = json.containsKey("shapes");
    RegionFile file =
        labelMe
            ? new RegionFile(json, "imageWidth", "imageHeight")
            : new RegionFile(json, "width", "height");
    if (labelMe) {
      list(json.get("shapes"), "shapes").forEach(file::addShape);
    } else {
      requireKnown(json);
      file.addAll(json, "include", file.include);
      file.addAll(json, "exclude", file.exclude);
    }
    if (file.include.isEmpty() && file.exclude.isEmpty()) {
      throw new IllegalArgumentException("it has no polygon");
    }
    return Region.of(file.width, file.height, file.include, file.exclude);
  }

  /** A misspelt name would leave its polygons out without a word. */
  private static void requireKnown(Map<?, ?> json) {
    for (Object name : json.keySet()) {
      if (!NAMES.contains(name)) {
        throw new IllegalArgumentException("it has " + name + ", which is not one of " + NAMES);
      }
    }
  }

  private static int side(Map<?, ?> json, String name) {
    if (!(json.get(name) instanceof Number number)) {
      throw new IllegalArgumentException("it has no " + name);
    }
    double side = number.doubleValue();
    if (!(side >= 1 && side <= Integer.MAX_VALUE && side == Math.rint(side))) {
      throw new IllegalArgumentException("its " + name + " is " + number);
    }
    return (int) side;
  }

  private void addAll(Map<?, ?> json, String name, List<Path2D> polygons) {
    if (json.containsKey(name)) {
      list(json.get(name), name).forEach(polygon -> polygons.add(polygon(points(polygon, name))));
    }
  }

  private void addShape(Object value) {
    if (!(value instanceof Map<?, ?> shape)) {
      throw new IllegalArgumentException("a shape is not an object");
    }
    List<double[]> points = points(shape.get("points"), "points");
    String kind =
        shape.get("shape_type") == null ? "polygon" : String.valueOf(shape.get("shape_type"));
    Path2D outline =
        switch (kind) {
          case "polygon" -> polygon(points);
          case "rectangle" -> rectangle(points);
          default ->
              throw new IllegalArgumentException(
                  "a shape is a " + kind + ", not a polygon or a rectangle");
        };
    boolean excluded =
        EXCLUDED.contains(String.valueOf(shape.get("label")).toLowerCase(Locale.ROOT));
    (excluded ? exclude : include).add(outline);
  }

  private static List<?> list(Object value, String name) {
    if (value instanceof List<?> list) {
      return list;
    }
    throw new IllegalArgumentException("its " + name + " is not a list");
  }

  private List<double[]> points(Object value, String name) {
    return list(value, name).stream().map(this::point).toList();
  }

  private double[] point(Object value) {
    if (!(value instanceof List<?> pair)
        || pair.size() != 2
        || !(pair.get(0) instanceof Number x)
        || !(pair.get(1) instanceof Number y)) {
      throw new IllegalArgumentException("a point is " + value + ", not [x, y]");
    }
    double[] point = {x.doubleValue(), y.doubleValue()};
    if (!(point[0] >= 0 && point[1] >= 0 && point[0] <= width && point[1] <= height)) {
      throw new IllegalArgumentException(
          "the point " + value + " is outside of " + width + "x" + height);
    }
    return point;
  }

  private static Path2D polygon(List<double[]> points) {
    if (points.size() < 3) {
      throw new IllegalArgumentException(
          "a polygon has " + points.size() + " points where 3 are the minimum");
    }
    Path2D path = new Path2D.Double(Path2D.WIND_EVEN_ODD);
    path.moveTo(points.getFirst()[0], points.getFirst()[1]);
    points.stream().skip(1).forEach(point -> path.lineTo(point[0], point[1]));
    path.closePath();
    return path;
  }

  private static Path2D rectangle(List<double[]> points) {
    if (points.size() != 2) {
      throw new IllegalArgumentException("a rectangle has " + points.size() + " points, not 2");
    }
    double[] a = points.get(0);
    double[] b = points.get(1);
    return polygon(List.of(a, new double[] {b[0], a[1]}, b, new double[] {a[0], b[1]}));
  }
}
