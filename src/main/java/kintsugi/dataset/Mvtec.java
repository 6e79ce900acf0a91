package kintsugi.dataset;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import kintsugi.InputException;

/**
 * The layout of MVTec AD: in an object's folder {@code train/good}, {@code test/good} and {@code
 * test/DEFECT} with images, and {@code ground_truth/DEFECT} with their masks.
 */
public final class Mvtec {
  private static final String GOOD = "good";

  private Mvtec() {}

  /**
   * Reads one object's folder.
   *
   * @param folder the data set's folder
   * @param object the object's name
   * @return its training and test samples
   * @throws InputException if it is missing or laid out differently, or a mask is missing
   */
  public static DataSet read(Path folder, String object) {
    Path place = folder.resolve(object);
    List<Sample> train = ImageFolder.normal(place.resolve("train").resolve(GOOD));
    Path tests = place.resolve("test");
    List<Sample> test = new ArrayList<>();
    for (String kind : kinds(tests)) {
      Path masks = place.resolve("ground_truth").resolve(kind);
      if (kind.equals(GOOD)) {
        test.addAll(ImageFolder.normal(tests.resolve(kind)));
      } else if (Files.isDirectory(masks)) {
        test.addAll(ImageFolder.masked(tests.resolve(kind), masks));
      } else {
        test.addAll(ImageFolder.anomalous(tests.resolve(kind)));
      }
    }
    return DataSet.given(train, test);
  }

  private static List<String> kinds(Path tests) {
    try (Stream<Path> folders = Files.list(tests)) {
      return folders
          .filter(Files::isDirectory)
          .map(kind -> kind.getFileName().toString())
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new InputException(
          tests
              + ": cannot be listed ("
              + e.getMessage()
              + "); it should hold the folder good and one folder per class of defect",
          e);
    }
  }
}
