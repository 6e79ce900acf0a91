package kintsugi.dataset;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import kintsugi.InputException;

/**
 * The layout of VisA: {@code split_csv/1cls.csv} has a line per image with its object, its subset
 * of the split, its label, and the paths of the image and of the mask.
 */
public final class Visa {
  private Visa() {}

  /** One line of the split file. */
  record Line(String object, String split, String label, String image, String mask) {}

  /**
   * Reads one object's lines of the split file.
   *
   * @param folder the data set's folder
   * @param object the object's name
   * @return its training and test samples
   * @throws InputException if it is missing or not a split file, or does not have the object
   */
  public static DataSet read(Path folder, String object) {
    Path file = folder.resolve("split_csv").resolve("1cls.csv");
    if (!Files.isRegularFile(file)) {
      throw new InputException(
          file + ": there is no such file; name the folder that has split_csv in it (data)");
    }
    List<Sample> train = new ArrayList<>();
    List<Sample> test = new ArrayList<>();
    Set<String> objects = new TreeSet<>();
    for (Line line : lines(file)) {
      objects.add(line.object);
      if (line.object.equals(object)) {
        (line.split.equals("train") ? train : test).add(sample(folder, line));
      }
    }
    if (train.isEmpty() || test.isEmpty()) {
      throw new InputException(
          file
              + ": has no object "
              + object
              + "; name one of "
              + String.join(", ", objects)
              + " (object)");
    }
    return DataSet.given(train, test);
  }

  private static List<Line> lines(Path file) {
    List<Line> all =
        FileList.rows(file).stream()
            .map(
                row ->
                    new Line(
                        row.get("object"),
                        row.get("split"),
                        row.get("label"),
                        row.get("image"),
                        row.get("mask")))
            .toList();
    boolean whole =
        all.stream()
            .noneMatch(
                l -> l.object == null || l.split == null || l.label == null || l.image == null);
    if (!whole || all.isEmpty()) {
      throw new InputException(
          file + ": is not a split file of VisA (its lines lack object, split, label or image)");
    }
    return all;
  }

  private static Sample sample(Path folder, Line line) {
    boolean anomalous = !line.label.equals(Sample.NORMAL);
    boolean masked = anomalous && line.mask != null && !line.mask.isEmpty();
    Path image = folder.resolve(line.image);
    return anomalous
        ? new Sample(image, true, line.label, masked ? folder.resolve(line.mask) : null)
        : Sample.normal(image);
  }
}
