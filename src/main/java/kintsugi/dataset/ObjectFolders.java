package kintsugi.dataset;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import kintsugi.InputException;

/**
 * Layouts with a folder per object, in it {@code train}, a folder of tests with a folder per class,
 * and one of masks. They differ in the folders' names.
 *
 * @param name the layout's name
 * @param normal the folder of normal images in each subset
 * @param validation the folder of the subset for the threshold; empty where there is none
 * @param test the folder of tests
 * @param masks the folder of masks, with a folder per class
 * @param mark a folder, relative to an object's, that this layout alone has; empty for none
 */
record ObjectFolders(
    String name, String normal, String validation, String test, String masks, String mark)
    implements Layout {

  /** MVTec AD, and what was converted into its layout. */
  static final ObjectFolders MVTEC =
      new ObjectFolders("mvtec", "good", "", "test", "ground_truth", "");

  /** MVTec AD 2, of which the public tests are read. */
  static final ObjectFolders MVTEC2 =
      new ObjectFolders(
          "mvtec2", "good", "validation", "test_public", "test_public/ground_truth", "");

  /** MVTec LOCO AD, where a folder holds the masks of one image. */
  static final ObjectFolders LOCO =
      new ObjectFolders(
          "loco", "good", "validation", "test", "ground_truth", "test/logical_anomalies");

  /** BTAD. */
  static final ObjectFolders BTAD = new ObjectFolders("btad", "ok", "", "test", "ground_truth", "");

  @Override
  public boolean recognises(Path data) {
    return isObject(data) || !objects(data).isEmpty();
  }

  private boolean isObject(Path place) {
    return Files.isDirectory(place.resolve("train").resolve(normal))
        && Files.isDirectory(place.resolve(test))
        && (mark.isEmpty() || Files.isDirectory(place.resolve(mark)));
  }

  @Override
  public List<String> objects(Path data) {
    if (!Files.isDirectory(data) || isObject(data)) {
      return List.of();
    }
    return FolderContents.of(data).folders().stream()
        .filter(this::isObject)
        .map(folder -> folder.getFileName().toString())
        .toList();
  }

  @Override
  public DataSet read(Path data, String object, Consumer<String> notices) {
    Path place = object.isEmpty() ? data : data.resolve(object);
    tellUnread(place, notices);
    Path trainFolder = place.resolve("train").resolve(normal);
    List<Sample> train = ImageFolder.samples(trainFolder, Role.TRAIN, notices);
    List<Sample> calibrate =
        validation.isEmpty()
            ? List.of()
            : ImageFolder.samples(
                place.resolve(validation).resolve(normal), Role.CALIBRATE_NORMAL, notices);
    List<Sample> tests = new ArrayList<>();
    for (Path kind : kinds(place.resolve(test), notices)) {
      String label = kind.getFileName().toString();
      Path own = place.resolve(masks).resolve(label);
      if (label.equals(normal)) {
        tests.addAll(ImageFolder.samples(kind, Role.TEST_NORMAL, notices));
      } else if (Files.isDirectory(own)) {
        tests.addAll(masked(kind, own, notices));
      } else {
        tests.addAll(ImageFolder.samples(kind, Role.TEST_ANOMALOUS, notices));
      }
    }
    return new DataSet(train, calibrate, tests, List.of());
  }

  /** Tells which folders with images belong to no subset, such as the private tests of AD 2. */
  private void tellUnread(Path place, Consumer<String> notices) {
    List<Path> unread = new ArrayList<>();
    unread.addAll(others(place, Set.of("train", validation, test, masks)));
    unread.addAll(others(place.resolve("train"), Set.of(normal)));
    if (!validation.isEmpty()) {
      unread.addAll(others(place.resolve(validation), Set.of(normal)));
    }
    if (!unread.isEmpty()) {
      notices.accept(
          place
              + ": left out the images of "
              + unread.stream()
                  .limit(3)
                  .map(folder -> place.relativize(folder).toString())
                  .collect(Collectors.joining(", "))
              + (unread.size() > 3 ? ", …" : "")
              + ", which are in no subset of the layout "
              + name);
    }
  }

  private static List<Path> others(Path place, Set<String> read) {
    return !Files.isDirectory(place)
        ? List.of()
        : FolderContents.of(place).folders().stream()
            .filter(folder -> !read.contains(folder.getFileName().toString()))
            .filter(ImageFolder::hasImages)
            .toList();
  }

  private List<Path> kinds(Path tests, Consumer<String> notices) {
    if (!Files.isDirectory(tests)) {
      throw new InputException(
          tests
              + ": there is no such folder; it should hold the folder "
              + normal
              + " and one folder per class of defect");
    }
    List<Path> kinds = new ArrayList<>();
    FolderContents contents = FolderContents.of(tests);
    contents.leftOut(Role.ANY).forEach(notices);
    for (Path kind : contents.folders()) {
      if (kind.getFileName().toString().equals("ground_truth")) {
        continue;
      }
      if (!ImageFolder.hasImages(kind)) {
        notices.accept(kind + ": left out, since it holds no images");
      } else {
        kinds.add(kind);
      }
    }
    return kinds;
  }

  private static List<Sample> masked(Path kind, Path masks, Consumer<String> notices) {
    List<Sample> samples = ImageFolder.samples(kind, Role.TEST_ANOMALOUS, notices);
    Map<String, Path> several = new HashMap<>();
    FolderContents.of(masks).folders().forEach(f -> several.put(f.getFileName().toString(), f));
    Map<Path, Path> folders = new HashMap<>();
    for (Sample sample : samples) {
      Path own = several.get(MaskNames.stem(sample.file()));
      if (own != null) {
        folders.put(sample.file(), own);
      }
    }
    if (folders.isEmpty()) {
      return ImageFolder.masked(List.of(kind), masks, line -> {});
    }
    return samples.stream().map(sample -> sample.withMask(folders.get(sample.file()))).toList();
  }
}
