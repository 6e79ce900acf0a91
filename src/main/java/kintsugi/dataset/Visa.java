package kintsugi.dataset;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import kintsugi.InputException;
import tools.jackson.core.JacksonException;

/**
 * VisA's layout: {@code split_csv/1cls.csv} has a line for each picture with its object, its side
 * of the split, its label, and the paths of the picture and of the mask.
 */
public final class Visa {
  private Visa() {}

  /** A line of the file. */
  record Line(String object, String split, String label, String image, String mask) {}

  /**
   * Reads one object's lines of the split file.
   *
   * @param folder the data set's
   * @param object which object
   * @return its training and test list
   * @throws InputException if it is missing or no such file, or does not know the object
   */
  public static DataSet read(Path folder, String object) {
    Path file = folder.resolve("split_csv").resolve("1cls.csv");
    if (!Files.isRegularFile(file)) {
      throw new InputException(
          file + ": there is no such file; --data names the folder that has split_csv in it");
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
          file + ": has no object " + object + "; there are " + String.join(", ", objects));
    }
    return DataSet.given(train, test);
  }

  private static List<Line> lines(Path file) {
    try {
      List<Line> all = FileList.rows(file, Line.class);
      boolean whole =
          all.stream()
              .noneMatch(
                  l -> l.object == null || l.split == null || l.label == null || l.image == null);
      if (!whole || all.isEmpty()) {
        throw new InputException(
            file
                + ": its lines have no object, split, label and image; it is no split file of VisA");
      }
      return all;
    } catch (JacksonException e) {
      String why = e.getOriginalMessage().lines().findFirst().orElse("");
      throw new InputException(file + ": is no split file of VisA (" + why + ")", e);
    }
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
