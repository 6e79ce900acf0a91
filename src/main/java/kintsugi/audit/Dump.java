package kintsugi.audit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import kintsugi.InputException;
import kintsugi.tensor.Tensor;
import kintsugi.weights.Checkpoint;
import kintsugi.weights.Npz;
import kintsugi.weights.StoredTensor;

/**
 * An implementation's intermediate results of one image, under agreed names, as torch lays them
 * out:
 *
 * <pre>
 * pixels           [H, W, 3]           of the image, 0 to 255
 * input            [3, H, W]           normalised pixels
 * layer1 …         [C, h, w]           features of a layer
 * channels         [D]                 PaDiM's draw
 * embedding        [P, D]              patches, row by row of the grid
 * train_embedding  [N, D] or [N, P, D] patches learnt from
 * mean             [P, D]              of each position
 * covariance       [P, D, D]           regularised
 * positions        [P']                the patches whose covariances are there, if not all are
 * picks            [M]                 the coreset's rows of train_embedding, in order
 * bank             [M, D]              memory bank
 * distances        [h, w]              of the patch grid
 * map              [H, W]              score map
 * score            [1]                 image score
 * range            [2]                 the scores that are normalised to 0 and 1
 * normalised       [1]                 image score by that range
 * threshold        [1]                 of the normalised score
 * verdict          [1]                 1 for anomalous, else 0
 * </pre>
 *
 * Any of them may be missing; a leading extent of 1 is ignored.
 */
public final class Dump {
  private static final List<String> NAMES =
      List.of(
          "pixels",
          "input",
          "layer1",
          "layer2",
          "layer3",
          "layer4",
          "channels",
          "embedding",
          "train_embedding",
          "mean",
          "covariance",
          "positions",
          "picks",
          "bank",
          "distances",
          "map",
          "score",
          "range",
          "normalised",
          "threshold",
          "verdict");

  private static final String FILE = ".*\\.(npz|npy|safetensors)";

  private final Path place;
  private final Map<String, StoredTensor> tensors;

  private final boolean computedHere;

  private Dump(Path place, Map<String, StoredTensor> tensors, boolean computedHere) {
    this.place = place;
    this.tensors = tensors;
    this.computedHere = computedHere;
  }

  /**
   * Reads all npz, npy and safetensors files of a folder, or one such file.
   *
   * @throws InputException if there is no such file, one cannot be read, or no tensor has an agreed
   *     name
   */
  static Dump read(Path place) {
    Map<String, StoredTensor> all = new LinkedHashMap<>();
    for (Path file : files(place)) {
      all.putAll(Checkpoint.read(file));
    }
    all.keySet().retainAll(NAMES);
    if (all.isEmpty()) {
      throw new InputException(
          place
              + ": holds none of the tensors "
              + String.join(", ", NAMES)
              + "; see docs/audit.md");
    }
    return new Dump(place, all, false);
  }

  private static List<Path> files(Path place) {
    if (!Files.isDirectory(place)) {
      return List.of(place);
    }
    try (Stream<Path> files = Files.list(place)) {
      List<Path> found = files.filter(f -> f.toString().matches(FILE)).sorted().toList();
      // A folder of npy files is one checkpoint.
      return found.isEmpty() || found.stream().anyMatch(f -> f.toString().endsWith(".npy"))
          ? List.of(place)
          : found;
    } catch (IOException e) {
      throw new InputException(place + ": cannot be listed (" + e.getMessage() + ")", e);
    }
  }

  /**
   * {@return values that were computed here}
   *
   * @param name of what computed them
   * @param values under the agreed names
   */
  public static Dump of(String name, Map<String, Tensor> values) {
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    values.forEach((tensor, value) -> tensors.put(tensor, StoredTensor.of(value)));
    return new Dump(Path.of(name), tensors, true);
  }

  /**
   * {@return values that another program computed}
   *
   * @param name of what computed them
   * @param values under the agreed names; others are passed over
   */
  static Dump stored(String name, Map<String, StoredTensor> values) {
    Map<String, StoredTensor> tensors = new LinkedHashMap<>(values);
    tensors.keySet().retainAll(NAMES);
    return new Dump(Path.of(name), tensors, false);
  }

  /**
   * Writes the values.
   *
   * @param file an npz file; its folder is made
   * @throws InputException if it cannot be written
   */
  public void write(Path file) {
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
    } catch (IOException e) {
      throw new InputException(file + ": cannot be written (" + e.getMessage() + ")", e);
    }
    Map<String, Tensor> all = new LinkedHashMap<>();
    tensors.forEach((name, tensor) -> all.put(name, tensor.tensor()));
    Npz.write(file, all);
  }

  /** These values, and another's where these lack a name. */
  Dump or(Dump other) {
    Map<String, StoredTensor> all = new LinkedHashMap<>(other.tensors);
    all.putAll(tensors);
    return new Dump(place, all, computedHere);
  }

  /** These values without some. */
  Dump without(Collection<String> names) {
    Map<String, StoredTensor> rest = new LinkedHashMap<>(tensors);
    rest.keySet().removeAll(names);
    return new Dump(place, rest, computedHere);
  }

  /** A failure that names the dump. */
  InputException refused(String why) {
    return new InputException(place + ": " + why);
  }

  /** Whether this library computed the values, and not another program. */
  boolean isComputedHere() {
    return computedHere;
  }

  boolean has(String... names) {
    return Stream.of(names).allMatch(tensors::containsKey);
  }

  /** A tensor with a given number of dimensions. */
  Tensor get(String name, int rank) {
    Tensor tensor = tensors.get(name).tensor();
    if (tensor.size() == 0) {
      throw refused("its tensor " + name + " holds no values");
    }
    while (tensor.rank() > rank && tensor.dim(0) == 1) {
      tensor = tensor.part(0);
    }
    if (rank == 1 && tensor.size() == 1) {
      return tensor.reshape(1);
    }
    if (tensor.rank() != rank) {
      throw refused(
          "its tensor " + name + " is " + tensor + " where " + rank + " dimensions are wanted");
    }
    return tensor;
  }

  /** A tensor as it is. */
  Tensor any(String name) {
    return tensors.get(name).tensor();
  }

  /** A tensor with leading extents of 1 left out until it has a number of dimensions. */
  Tensor any(String name, int rank) {
    Tensor tensor = any(name);
    while (tensor.rank() > rank && tensor.dim(0) == 1) {
      tensor = tensor.part(0);
    }
    return tensor;
  }

  Optional<Tensor> find(String name, int rank) {
    return has(name) ? Optional.of(get(name, rank)) : Optional.empty();
  }

  int[] integers(String name) {
    return tensors.get(name).ints();
  }

  /** {@code [C, h, w]} as {@code [1, h, w, C]}. */
  Tensor planes(String name) {
    Tensor planes = get(name, 3);
    int c = planes.dim(0);
    int positions = planes.dim(1) * planes.dim(2);
    Tensor to = Tensor.zeros(1, planes.dim(1), planes.dim(2), c);
    for (int i = 0; i < to.size(); i++) {
      to.data()[i] = planes.data()[i % c * positions + i / c];
    }
    return to;
  }
}
