package kintsugi.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import kintsugi.FileKind;
import kintsugi.InputException;

/**
 * A value of a Python pickle, or of a file that {@code torch.save} wrote, whole modules included:
 * dictionaries, lists, texts, numbers, tensors, and objects, of which nothing is known but the name
 * of the class and the attributes. Nothing is ever made or run. A value that is not there, and
 * Python's {@code None}, are absent; their own values are absent too, so that a path of names can
 * be followed without a check at each step.
 */
public final class Pickled {
  /** The depth of the modules of a network in one another. */
  private static final int MAX_DEPTH = 32;

  /** The count of modules and tensors; modules that hold each other have no end. */
  private static final int MAX_MODULES = 100_000;

  private static final int MAX_NAME = 1000;

  private static final int MAX_PICKLE = 64 << 20;
  private static final Pickled ABSENT = new Pickled(null, call -> null);

  private final Object value;
  private final Function<Pickle.Call, StoredTensor> tensors;

  private Pickled(Object value, Function<Pickle.Call, StoredTensor> tensors) {
    this.value = value;
    this.tensors = tensors;
  }

  /** The root of a file whose tensors are all read now, each once. */
  static Pickled of(Object root, Function<Pickle.Call, StoredTensor> reader) {
    Map<Pickle.Call, StoredTensor> read = new IdentityHashMap<>();
    Map<Object, Boolean> seen = new IdentityHashMap<>();
    List<Object> open = new ArrayList<>();
    open.add(root);
    while (!open.isEmpty()) {
      Object next = open.removeLast();
      if (next == null || seen.put(next, true) != null) {
        continue;
      }
      switch (next) {
        case Pickle.Call call -> read.put(call, reader.apply(call));
        case Map<?, ?> map -> open.addAll(map.values());
        case List<?> list -> open.addAll(list);
        case Pickle.Tuple tuple -> open.addAll(tuple.items());
        case Pickle.Described object -> {
          // Thousands of objects may share one list.
          open.add(object.arguments());
          open.addAll(object.attributes().values());
          open.addAll(object.items());
        }
        default -> {}
      }
    }
    return new Pickled(root, read::get);
  }

  /**
   * {@return the content of a file: a zip of {@code torch.save}, or a plain pickle without tensors}
   *
   * @param file the file
   * @throws InputException if it is missing, damaged, of another format, or names what runs
   *     commands
   */
  public static Pickled read(Path file) {
    return FileReading.read(
        file,
        "a readable pickle",
        "save the model again, or name another file",
        () -> content(file));
  }

  private static Pickled content(Path file) throws IOException {
    FileKind kind = FileKind.of(file);
    if (kind == FileKind.ZIP) {
      Budget budget = new Budget(Files.size(file));
      try (ZipEntries zip = new ZipEntries(file, budget)) {
        requireReadable(file, zip.largest());
        return TorchFile.readObjects(zip, budget);
      }
    }
    if (kind == FileKind.PICKLE && Files.size(file) <= MAX_PICKLE) {
      ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file));
      return new Pickled(Pickle.readObjects(bytes, new ArrayList<>()), call -> null);
    }
    throw new InputException(
        file
            + ": is "
            + kind.description()
            + (kind.description().contains(": ") ? "" : "; name the file of a saved model"));
  }

  private static void requireReadable(Path file, long largest) {
    if (largest > ZipEntries.MAX_SIZE) {
      throw new InputException(
          String.format(
              Locale.ROOT,
              "%s: one of its tensors takes %.1f GB, at most 2 here, such as the covariances of a"
                  + " PaDiM with 550 channels; fit it with fewer (n_features in anomalib)",
              file,
              largest / 1e9));
    }
  }

  private Pickled child(Object of) {
    return of == null ? ABSENT : new Pickled(of, tensors);
  }

  /** {@return whether there is no such value, or it is {@code None}} */
  public boolean isAbsent() {
    return value == null;
  }

  /**
   * {@return an entry of a dictionary, or an attribute, a child or a buffer of an object; absent
   * where there is none}
   *
   * @param name its name
   */
  public Pickled get(String name) {
    if (value instanceof Map<?, ?> map) {
      return child(map.get(name));
    }
    if (!(value instanceof Pickle.Described object)) {
      return ABSENT;
    }
    Object own = object.attributes().get(name);
    for (String kind : List.of("_modules", "_buffers", "_parameters")) {
      if (own == null && object.attributes().get(kind) instanceof Map<?, ?> held) {
        own = held.get(name);
      }
    }
    return child(own);
  }

  /** {@return the elements of a list or a tuple; of anything else none} */
  public List<Pickled> items() {
    List<?> items = List.of();
    if (value instanceof List<?> list) {
      items = list;
    } else if (value instanceof Pickle.Tuple tuple) {
      items = tuple.items();
    } else if (value instanceof Pickle.Described object) {
      items = object.items();
    }
    return items.stream().map(this::child).toList();
  }

  /** {@return the arguments with which Python would make an object; of anything else none} */
  public List<Pickled> arguments() {
    return value instanceof Pickle.Described object
        ? object.arguments().stream().map(this::child).toList()
        : List.of();
  }

  /** {@return the names of a dictionary's entries or of an object's attributes} */
  public List<String> names() {
    Map<?, ?> held =
        value instanceof Pickle.Described object
            ? object.attributes()
            : value instanceof Map<?, ?> map ? map : Map.of();
    return held.keySet().stream().map(String::valueOf).toList();
  }

  /** {@return the full name of an object's class; of anything else empty} */
  public String type() {
    return value instanceof Pickle.Described object ? object.type() : "";
  }

  /** {@return the text, if it is one} */
  public Optional<String> text() {
    return value instanceof String text ? Optional.of(text) : Optional.empty();
  }

  /** {@return the number, if it is one, or a tensor of one value} */
  public Optional<Double> number() {
    if (value instanceof Number number) {
      return Optional.of(number.doubleValue());
    }
    return tensor().filter(tensor -> tensor.count() == 1).map(tensor -> tensor.get(0));
  }

  /** {@return true or false, if it is one of them} */
  public Optional<Boolean> flag() {
    return value instanceof Boolean flag ? Optional.of(flag) : Optional.empty();
  }

  /** {@return the tensor, if it is one} */
  public Optional<StoredTensor> tensor() {
    return value instanceof Pickle.Call call
        ? Optional.ofNullable(tensors.apply(call))
        : Optional.empty();
  }

  /**
   * {@return all tensors of a state dictionary, or those that the state dictionary of a module
   * would have, by their names}
   *
   * @throws IllegalArgumentException if modules hold each other, or there are too many of them
   */
  public Map<String, StoredTensor> stateDictionary() {
    Map<String, StoredTensor> found = new LinkedHashMap<>();
    if (value instanceof Map<?, ?> map) {
      map.forEach((name, held) -> child(held).tensor().ifPresent(t -> found.put("" + name, t)));
    } else {
      collect("", 0, new int[1], found);
    }
    return found;
  }

  private void collect(String prefix, int depth, int[] count, Map<String, StoredTensor> found) {
    if (depth > MAX_DEPTH || prefix.length() > MAX_NAME) {
      throw new IllegalArgumentException("its modules hold each other");
    }
    count(1, count);
    for (String kind : List.of("_parameters", "_buffers")) {
      Pickled held = get(kind);
      List<String> names = held.names();
      count(names.size(), count);
      for (String name : names) {
        held.get(name).tensor().ifPresent(tensor -> found.put(prefix + name, tensor));
      }
    }
    Pickled modules = get("_modules");
    for (String name : modules.names()) {
      modules.get(name).collect(prefix + name + ".", depth + 1, count, found);
    }
  }

  private static void count(int more, int[] count) {
    count[0] += more;
    if (count[0] > MAX_MODULES) {
      throw new IllegalArgumentException(
          "its modules hold each other, or more than " + MAX_MODULES + " modules and tensors");
    }
  }
}
