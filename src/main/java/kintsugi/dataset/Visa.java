package kintsugi.dataset;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import kintsugi.InputException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.MappingIterator;
import tools.jackson.dataformat.csv.CsvMapper;
import tools.jackson.dataformat.csv.CsvSchema;

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
   * @throws InputException if it is missing or no such file, or does not know the object
   */
  public static TrainTest read(Path folder, String object) {
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
    return new TrainTest(train, test);
  }

  private static List<Line> lines(Path file) {
    CsvMapper mapper = new CsvMapper();
    CsvSchema schema = CsvSchema.emptySchema().withHeader();
    try (MappingIterator<Line> lines = mapper.readerFor(Line.class).with(schema).readValues(file)) {
      List<Line> all = lines.readAll();
      boolean whole =
          all.stream().noneMatch(l -> l.object == null || l.split == null || l.image == null);
      if (!whole || all.isEmpty()) {
        throw new InputException(
            file + ": its lines have no object, split and image; it is no split file of VisA");
      }
      return all;
    } catch (JacksonException e) {
      String why = e.getOriginalMessage().lines().findFirst().orElse("");
      throw new InputException(file + ": is no split file of VisA (" + why + ")", e);
    }
  }

  private static Sample sample(Path folder, Line line) {
    boolean anomalous = !"normal".equals(line.label);
    boolean masked = anomalous && line.mask != null && !line.mask.isEmpty();
    return new Sample(
        folder.resolve(line.image), anomalous, masked ? folder.resolve(line.mask) : null);
  }
}
