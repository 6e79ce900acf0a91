package kintsugi.dataset;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import kintsugi.InputException;

/** The layouts of published data sets, and lists; a place on disk tells which it is. */
public final class Layouts {
  /** The first that recognises a place is taken, so the more particular stand first. */
  private static final List<Layout> ALL =
      List.of(
          new Visa(),
          ObjectFolders.MVTEC2,
          ObjectFolders.LOCO,
          ObjectFolders.MVTEC,
          ObjectFolders.BTAD,
          new Kolektor(),
          new RealIad(),
          new Listed());

  private Layouts() {}

  /**
   * A data set that was read.
   *
   * @param layout the layout's name
   * @param object the object's name; empty where there is but one
   * @param samples the labelled samples
   */
  public record Found(String layout, String object, DataSet samples) {
    @Override
    public String toString() {
      long anomalous = samples.all().filter(Sample::anomalous).count();
      return "layout "
          + layout
          + (object.isEmpty() ? "" : ", object " + object)
          + ": "
          + (samples.all().count() - anomalous)
          + " normal and "
          + anomalous
          + " anomalous images";
    }
  }

  /** A list as the layout of a data set. */
  private static final class Listed implements Layout {
    @Override
    public String name() {
      return "list";
    }

    @Override
    public boolean recognises(Path data) {
      return FileList.isList(data);
    }

    @Override
    public List<String> objects(Path data) {
      return List.of();
    }

    @Override
    public DataSet read(Path data, String object, Consumer<String> notices) {
      return FileList.read(data);
    }
  }

  /** {@return the names of the layouts} */
  public static List<String> names() {
    return ALL.stream().map(Layout::name).toList();
  }

  /**
   * {@return the name of the layout that a place has, if it is one of these}
   *
   * @param data a folder or a list
   */
  public static Optional<String> recognised(Path data) {
    return ALL.stream().filter(layout -> layout.recognises(data)).map(Layout::name).findFirst();
  }

  /**
   * {@return the names of a data set's objects, sorted; empty where there is but one}
   *
   * @param data the data set's folder, one object's, or a list
   * @param layout the layout's name; empty for the one that is recognised
   * @throws InputException if no layout is recognised
   * @throws IllegalArgumentException if there is no layout of that name
   */
  public static List<String> objects(Path data, Optional<String> layout) {
    return taken(data, layout).objects(data);
  }

  private static Layout taken(Path data, Optional<String> layout) {
    return layout.map(Layouts::named).or(() -> first(data)).orElseThrow(() -> unknown(data));
  }

  /**
   * Reads a data set.
   *
   * @param data the data set's folder, one object's, or a list
   * @param layout the layout's name; empty for the one that is recognised
   * @param object the object's name; empty where there is but one
   * @param notices receives what was left out, a line each
   * @return the samples, and what they were found to be
   * @throws InputException if no layout is recognised, the object must be chosen, or the data set
   *     is laid out differently
   * @throws IllegalArgumentException if there is no layout of that name
   */
  public static Found read(
      Path data, Optional<String> layout, Optional<String> object, Consumer<String> notices) {
    Layout taken = taken(data, layout);
    List<String> objects = taken.objects(data);
    String chosen =
        object.orElseGet(
            () -> {
              if (objects.size() > 1) {
                throw new InputException(
                    data
                        + ": holds the objects "
                        + String.join(", ", objects)
                        + "; name one (object)");
              }
              return objects.isEmpty() ? "" : objects.getFirst();
            });
    if (!objects.isEmpty() && !objects.contains(chosen)) {
      throw new InputException(
          data
              + ": has no object "
              + chosen
              + "; name one of "
              + String.join(", ", objects)
              + " (object)");
    }
    // The folder of the object itself may be named together with the object.
    boolean within = objects.isEmpty() && chosen.equals(ImageFolder.label(data));
    if (objects.isEmpty() && !chosen.isEmpty() && !within && !(taken instanceof ObjectFolders)) {
      throw new InputException(
          data
              + ": has layout "
              + taken.name()
              + " and no objects; leave out "
              + chosen
              + " (object)");
    }
    return new Found(taken.name(), chosen, taken.read(data, within ? "" : chosen, notices));
  }

  private static Optional<Layout> first(Path data) {
    return ALL.stream().filter(layout -> layout.recognises(data)).findFirst();
  }

  private static Layout named(String name) {
    return ALL.stream()
        .filter(layout -> layout.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "there is no layout " + name + "; name one of " + String.join(", ", names())));
  }

  private static InputException unknown(Path data) {
    List<String> folders =
        Files.isDirectory(data) ? FolderContents.of(data).folderNames() : List.of();
    return new InputException(
        data
            + ": is not laid out as "
            + String.join(", ", names())
            + "; "
            + (folders.isEmpty() ? "" : "it holds the folders " + shown(folders) + ": ")
            + "name that of normal images (normal) and those of anomalous ones (anomalous)");
  }

  private static String shown(List<String> folders) {
    return folders.stream().limit(6).collect(Collectors.joining(", "))
        + (folders.size() > 6 ? ", …" : "");
  }
}
