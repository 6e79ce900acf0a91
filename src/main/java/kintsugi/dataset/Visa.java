package kintsugi.dataset;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Consumer;
import kintsugi.InputException;

/**
 * The layout of VisA: {@code split_csv/1cls.csv} has a line per image with its object, its subset
 * of the split, its label, and the paths of the image and of the mask.
 */
final class Visa implements Layout {
  /** One line of the split file. */
  private record Line(String object, String split, String label, String image, String mask) {}

  @Override
  public String name() {
    return "visa";
  }

  @Override
  public boolean recognises(Path data) {
    return Files.isRegularFile(splitFile(data));
  }

  private static Path splitFile(Path folder) {
    return folder.resolve("split_csv").resolve("1cls.csv");
  }

  @Override
  public List<String> objects(Path data) {
    return List.copyOf(new TreeSet<>(lines(data).stream().map(Line::object).toList()));
  }

  @Override
  public DataSet read(Path data, String object, Consumer<String> notices) {
    List<Sample> train = new ArrayList<>();
    List<Sample> test = new ArrayList<>();
    for (Line line : lines(data)) {
      if (line.object.equals(object)) {
        (line.split.equals("train") ? train : test).add(sample(data, line));
      }
    }
    if (train.isEmpty() || test.isEmpty()) {
      throw new InputException(
          splitFile(data)
              + ": lacks images of "
              + object
              + " for training or for testing; name another object (object)");
    }
    return DataSet.given(train, test);
  }

  private static List<Line> lines(Path folder) {
    Path file = splitFile(folder);
    if (!Files.isRegularFile(file)) {
      throw new InputException(
          file + ": there is no such file; name the folder that has split_csv in it (data)");
    }
    List<Line> all =
        ListRows.of(file).stream()
            .map(
                row ->
                    new Line(
                        row.text("object").orElse(""),
                        row.text("split").orElse(""),
                        row.text("label").orElse(""),
                        row.text("image").orElse(""),
                        row.text("mask").orElse("")))
            .toList();
    boolean whole =
        all.stream()
            .noneMatch(
                l ->
                    l.object.isEmpty()
                        || l.split.isEmpty()
                        || l.label.isEmpty()
                        || l.image.isEmpty());
    if (!whole || all.isEmpty()) {
      throw new InputException(
          file
              + ": is not a split file of VisA (its lines lack object, split, label or image); download it again");
    }
    return all;
  }

  private static Sample sample(Path folder, Line line) {
    Path image = folder.resolve(line.image);
    Sample sample = ImageFolder.sample(image, !line.label.equals(Sample.NORMAL), line.label);
    return sample.anomalous() && !line.mask.isEmpty()
        ? sample.withMask(folder.resolve(line.mask))
        : sample;
  }
}
