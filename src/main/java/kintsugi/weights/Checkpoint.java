package kintsugi.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import kintsugi.FileKind;
import kintsugi.InputException;

/**
 * The reader of checkpoints of every known format, recognised by the first bytes: safetensors,
 * torch's zip and its historic format, ONNX, NumPy's {@code .npz} and {@code .npy}, a folder of
 * {@code .npy}.
 *
 * <p>Nothing in a file is ever run, and no more is allocated than the file's size justifies: what
 * is inflated and all tensors together take at most eight times the size and 1 MiB; a JSON header
 * has at most 4 MiB and 500 000 values, a pickle at most a million instructions. The time is in
 * proportion to the size. Values that are stored as they are needed are not copied.
 */
public final class Checkpoint {
  /** The wrappers whose prefix is left out where a checkpoint holds no whole network. */
  private static final List<String> WRAPPERS =
      List.of(
          "module.",
          "backbone.",
          "model.",
          "encoder.",
          "net.",
          "_orig_mod.",
          "state_dict.",
          "model_state_dict.");

  private static final int MAX_ARRAYS = 10_000;
  private static final int LISTED = 5;

  private Checkpoint() {}

  /**
   * Reads the network of a checkpoint: the tensors of the one place that holds a whole ResNet under
   * torchvision's names, whatever was wrapped around it. Where there is none, all tensors, without
   * a wrapper's prefix common to all.
   *
   * @param file the file
   * @return the tensors by their names
   * @throws InputException if it is missing, damaged or of an unknown format, asks for more than a
   *     tensor needs, or holds several networks with different values
   */
  public static Map<String, StoredTensor> read(Path file) {
    Map<String, StoredTensor> all = all(file);
    Map<String, StoredTensor> network = network(file, all);
    return network.isEmpty() ? unwrapped(all) : network;
  }

  /**
   * {@return the whole network among tensors, by torchvision's names; empty if there is none}
   *
   * @param file the file that they are from, for messages
   * @param all the tensors by their names in the file
   * @throws InputException if there are several networks with different values
   */
  public static Map<String, StoredTensor> network(Path file, Map<String, StoredTensor> all) {
    List<NetworkSearch.Place> places = NetworkSearch.distinct(all);
    if (places.size() > 1) {
      throw new InputException(
          file
              + ": holds "
              + places.size()
              + " whole networks, at "
              + listed(places)
              + "; convert the one that is meant into a file of its own (prefix)");
    }
    return places.isEmpty() ? Map.of() : places.getFirst().network(all);
  }

  /**
   * Reads one of several networks of a checkpoint.
   *
   * @param file the file
   * @param prefix the prefix of its names, with or without the last dot
   * @return its tensors by torchvision's names
   * @throws InputException if it cannot be read, or there is no whole network of this prefix
   */
  public static Map<String, StoredTensor> read(Path file, String prefix) {
    Map<String, StoredTensor> all = all(file);
    List<NetworkSearch.Place> places = NetworkSearch.places(all.keySet());
    String wanted = prefix.isEmpty() || prefix.endsWith(".") ? prefix : prefix + ".";
    return places.stream()
        .filter(place -> place.prefix().equals(wanted))
        .findFirst()
        .orElseThrow(
            () ->
                new InputException(
                    file
                        + ": holds no whole network at "
                        + InputException.quoted(prefix)
                        + (places.isEmpty() ? "" : ", but at " + listed(places))
                        + "; name another place (prefix)"))
        .network(all);
  }

  /**
   * {@return the prefixes of the whole networks among these names; {@code the top} stands for an
   * empty one}
   *
   * @param tensors the tensors by their names in the file
   */
  public static List<String> networks(Map<String, StoredTensor> tensors) {
    return NetworkSearch.places(tensors.keySet()).stream().map(NetworkSearch.Place::shown).toList();
  }

  private static String listed(List<NetworkSearch.Place> places) {
    return places.stream()
            .limit(LISTED)
            .map(p -> InputException.quoted(p.shown()))
            .collect(Collectors.joining(", "))
        + (places.size() > LISTED ? " and others" : "");
  }

  /**
   * Reads all tensors of a checkpoint.
   *
   * @param file the file
   * @return the tensors by their names in the file
   * @throws InputException if it is missing, damaged or of an unknown format, or asks for more than
   *     a tensor needs
   */
  public static Map<String, StoredTensor> all(Path file) {
    return reading(
        file,
        () -> {
          Map<String, StoredTensor> tensors =
              Files.isDirectory(file) ? folder(file) : tensors(file);
          if (tensors.isEmpty()) {
            throw new IllegalArgumentException("it holds no tensors");
          }
          return tensors;
        });
  }

  /** An ONNX graph with its nodes. */
  static OnnxGraph graph(Path file) {
    return reading(file, () -> OnnxGraph.read(map(file), new Budget(Files.size(file))));
  }

  private static <T> T reading(Path file, FileReading.Reader<T> reader) {
    return FileReading.read(file, "a readable checkpoint", "name another file (weights)", reader);
  }

  private static Map<String, StoredTensor> tensors(Path file) throws IOException {
    Budget budget = new Budget(Files.size(file));
    FileKind kind = FileKind.of(file);
    return switch (kind) {
      case SAFETENSORS -> Safetensors.read(file).tensors();
      case ZIP -> {
        try (ZipEntries zip = new ZipEntries(file, budget)) {
          yield zip(file, zip, budget);
        }
      }
      case TORCH -> TorchFile.readHistoric(map(file), budget);
      case NUMPY -> {
        String name = Npy.name(file.getFileName().toString());
        yield Map.of(name, Npy.read(name, map(file), budget));
      }
      case TAR ->
          throw new IllegalArgumentException(
              "it is a tar archive; unpack it first, or, if PyTorch's first versions wrote it, use"
                  + " torchvision's newer resnet18-f37072fd.pth");
      case ONNX -> Onnx.named(OnnxGraph.read(map(file), budget));
      default -> throw unsuitable(file, kind.description());
    };
  }

  private static Map<String, StoredTensor> zip(Path file, ZipEntries zip, Budget budget) {
    if (!zip.ending("data.pkl").isEmpty()) {
      return TorchFile.read(zip, budget);
    }
    Map<String, StoredTensor> tensors = Npy.read(zip, budget);
    if (tensors.isEmpty()) {
      throw unsuitable(file, zip.description());
    }
    return tensors;
  }

  /** A description after a colon is the way out already. */
  private static InputException unsuitable(Path file, String description) {
    String wayOut = description.contains(": ") ? "" : "; name the checkpoint of a ResNet (weights)";
    return new InputException(file + ": is " + description + wayOut);
  }

  private static ByteBuffer map(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      if (channel.size() > Integer.MAX_VALUE) {
        throw new IllegalArgumentException("above 2 GB only safetensors and zips are read");
      }
      return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
    }
  }

  private static Map<String, StoredTensor> folder(Path folder) throws IOException {
    List<Path> arrays = arrays(folder);
    long size = 0;
    for (Path array : arrays) {
      size += Files.size(array);
    }
    Budget budget = new Budget(size);
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    for (Path array : arrays) {
      String name = Npy.name(array.getFileName().toString());
      tensors.put(name, Npy.read(name, map(array), budget));
    }
    return tensors;
  }

  /** The NumPy files of a folder, sorted by name. */
  static List<Path> arrays(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> arrays =
          files
              .filter(f -> f.toString().endsWith(".npy") && Files.isRegularFile(f))
              .sorted()
              .limit(MAX_ARRAYS + 1)
              .toList();
      if (arrays.isEmpty() || arrays.size() > MAX_ARRAYS) {
        throw new InputException(
            folder
                + (arrays.isEmpty() ? ": holds no .npy files" : ": holds too many .npy files")
                + "; name a checkpoint (weights)");
      }
      return arrays;
    } catch (IOException e) {
      throw new InputException(folder + ": cannot be listed (" + e.getMessage() + ")", e);
    }
  }

  private static Map<String, StoredTensor> unwrapped(Map<String, StoredTensor> tensors) {
    String common = "";
    for (int round = 0; round < WRAPPERS.size(); round++) {
      for (String wrapper : WRAPPERS) {
        String longer = common + wrapper;
        common = tensors.keySet().stream().allMatch(n -> n.startsWith(longer)) ? longer : common;
      }
    }
    int length = common.length();
    Map<String, StoredTensor> shorter = new LinkedHashMap<>();
    tensors.forEach((name, tensor) -> shorter.put(name.substring(length), tensor));
    return shorter;
  }
}
