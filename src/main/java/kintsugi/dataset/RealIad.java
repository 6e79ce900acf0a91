package kintsugi.dataset;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import kintsugi.InputException;
import kintsugi.weights.JsonText;

/**
 * The layout of Real-IAD: a JSON file per object with {@code meta} ({@code normal_class}, {@code
 * prefix}) and the images of {@code train} and {@code test}; images lie in {@code realiad_1024},
 * {@code realiad_512} or {@code realiad_256}, or next to the lists.
 */
final class RealIad implements Layout {
  private static final int START = 4096;
  private static final String JSON = ".json";
  private static final List<String> LISTS =
      List.of("", "realiad_jsons", "realiad_jsons/realiad_jsons");
  private static final List<String> IMAGES =
      List.of("", "realiad_1024", "realiad_512", "realiad_256");

  @Override
  public String name() {
    return "real-iad";
  }

  @Override
  public boolean recognises(Path data) {
    return isList(data) || !objects(data).isEmpty();
  }

  private static boolean isList(Path file) {
    if (!file.toString().endsWith(JSON) || !Files.isRegularFile(file)) {
      return false;
    }
    try (InputStream in = Files.newInputStream(file)) {
      String start = new String(in.readNBytes(START), StandardCharsets.UTF_8);
      return start.contains("\"meta\"") && start.contains("\"normal_class\"");
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public List<String> objects(Path data) {
    if (!Files.isDirectory(data)) {
      return List.of();
    }
    return LISTS.stream()
        .map(data::resolve)
        .filter(Files::isDirectory)
        .flatMap(folder -> FolderContents.of(folder).others().stream())
        .filter(RealIad::isList)
        .map(file -> file.getFileName().toString().replace(JSON, ""))
        .distinct()
        .sorted()
        .toList();
  }

  @Override
  public DataSet read(Path data, String object, Consumer<String> notices) {
    Path list =
        object.isEmpty()
            ? data
            : LISTS.stream()
                .map(folder -> data.resolve(folder).resolve(object + JSON))
                .filter(RealIad::isList)
                .findFirst()
                .orElseThrow(
                    () ->
                        new InputException(
                            data
                                + ": has no list "
                                + object
                                + JSON
                                + "; name another object (object)"));
    try {
      Map<?, ?> all = (Map<?, ?>) JsonText.parse(ListText.read(list));
      Map<?, ?> meta = (Map<?, ?>) all.get("meta");
      List<Sample> train = samples(list, meta, (List<?>) all.get("train"));
      List<Sample> normal = train.stream().filter(sample -> !sample.anomalous()).toList();
      if (normal.size() < train.size()) {
        notices.accept(
            list
                + ": left out "
                + (train.size() - normal.size())
                + " anomalous images of train, since only normal ones are learnt from");
      }
      return DataSet.given(normal, samples(list, meta, (List<?>) all.get("test")));
    } catch (IllegalArgumentException | ClassCastException | NullPointerException e) {
      boolean json = e instanceof IllegalArgumentException;
      throw new InputException(
          list
              + ": is not a list of Real-IAD ("
              + (json
                  ? e.getMessage()
                  : "meta, train or test lacks a value, or has one of another kind")
              + "); download it again",
          e);
    }
  }

  private static List<Sample> samples(Path list, Map<?, ?> meta, List<?> rows) {
    String normal = meta.get("normal_class").toString();
    List<Sample> samples = new ArrayList<>();
    for (Object item : rows) {
      Map<?, ?> row = (Map<?, ?>) item;
      List<String> folders =
          Stream.of(meta.get("prefix"), row.get("category"), "")
              .filter(folder -> folder instanceof String)
              .map(Object::toString)
              .distinct()
              .toList();
      Path image = place(list, folders, row.get("image_path").toString());
      String label = row.get("anomaly_class").toString();
      Object mask = row.get("mask_path");
      Sample sample = ImageFolder.sample(image, !label.equals(normal), label);
      samples.add(
          sample.anomalous() && mask != null
              ? sample.withMask(place(list, folders, mask.toString()))
              : sample);
    }
    return samples;
  }

  /** The file in one of the folders for images next to the list or above it. */
  private static Path place(Path list, List<String> folders, String path) {
    Optional<Path> above = Optional.ofNullable(list.toAbsolutePath().getParent());
    for (int level = 0; level < LISTS.size() && above.isPresent(); level++) {
      for (String images : IMAGES) {
        for (String folder : folders) {
          Path file = above.get().resolve(images).resolve(folder).resolve(path);
          if (Files.exists(file)) {
            return file;
          }
        }
      }
      above = above.map(Path::getParent);
    }
    return list.resolveSibling(folders.getFirst()).resolve(path);
  }
}
