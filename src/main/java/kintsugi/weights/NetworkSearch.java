package kintsugi.weights;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import kintsugi.tensor.Tensor;

/**
 * The search for whole ResNets among the names of a checkpoint. Wrappers, dictionaries and models
 * around a network add a prefix to its names; a prefix under which stem and stages lie together is
 * the place of a network.
 */
final class NetworkSearch {
  /** The stages that a network needs to be preferred over a part of one. */
  private static final int STAGES = 3;

  private NetworkSearch() {}

  /** The beginnings of names that stand for torchvision's. */
  private enum Naming {
    /** torchvision's and timm's. */
    PLAIN(Map.of("conv1.", "conv1.")),
    /** The children of torchvision's network in a {@code Sequential}. */
    SEQUENTIAL(
        Map.of(
            "0.", "conv1.", "1.", "bn1.", "4.", "layer1.", "5.", "layer2.", "6.", "layer3.", "7.",
            "layer4.", "9.", "fc.")),
    /** The stem as one more stage, as encoders of segmentation networks have it. */
    STAGE_ZERO(Map.of("layer0.0.", "conv1.", "layer0.1.", "bn1."));

    private final Map<String, String> plain;

    Naming(Map<String, String> plain) {
      this.plain = plain;
    }

    /** torchvision's name. */
    String toPlain(String name) {
      for (Map.Entry<String, String> beginning : plain.entrySet()) {
        if (name.startsWith(beginning.getKey())) {
          return beginning.getValue() + name.substring(beginning.getKey().length());
        }
      }
      return name;
    }

    /** The name that stands for torchvision's. */
    String ofPlain(String name) {
      for (Map.Entry<String, String> beginning : plain.entrySet()) {
        if (name.startsWith(beginning.getValue())) {
          return beginning.getKey() + name.substring(beginning.getValue().length());
        }
      }
      return name;
    }
  }

  /**
   * The place of a network.
   *
   * @param prefix before each of its names, empty or ending with a dot
   * @param stages the count of its stages, at most three
   */
  record Place(String prefix, Naming naming, int stages) {

    /** The prefix without its dot, for messages. */
    String shown() {
      return prefix.isEmpty() ? "the top" : prefix.substring(0, prefix.length() - 1);
    }

    /** The network's tensors under torchvision's names. */
    Map<String, StoredTensor> network(Map<String, StoredTensor> tensors) {
      Map<String, StoredTensor> network = new LinkedHashMap<>();
      tensors.forEach(
          (name, tensor) -> {
            if (name.startsWith(prefix)) {
              String plain = naming.toPlain(name.substring(prefix.length()));
              if (plain.matches("(conv1|bn1|layer[1-4]|fc)\\..{1,200}")) {
                network.put(plain, tensor);
              }
            }
          });
      return network;
    }
  }

  /**
   * {@return the places of the most complete networks; one of several places with equal values, as
   * where a module has two names or a copy lies in a second dictionary}
   */
  static List<Place> distinct(Map<String, StoredTensor> tensors) {
    List<Place> places = places(tensors.keySet());
    Set<String> seen = new HashSet<>();
    return places.stream()
        .filter(place -> places.size() == 1 || seen.add(hash(place.network(tensors))))
        .toList();
  }

  private static String hash(Map<String, StoredTensor> network) {
    Map<String, Tensor> values = new LinkedHashMap<>();
    network.forEach((name, tensor) -> values.put(name, tensor.tensor()));
    return Fingerprint.hash(values);
  }

  /** {@return the places of the most complete networks, in the order of their prefixes} */
  static List<Place> places(Set<String> names) {
    List<Place> found = new ArrayList<>();
    for (Naming naming : Naming.values()) {
      String stem = naming.ofPlain("conv1.weight");
      for (String name : names) {
        if (name.equals(stem) || name.endsWith("." + stem)) {
          String prefix = name.substring(0, name.length() - stem.length());
          int stages = stages(names, prefix, naming);
          if (stages > 0) {
            found.add(new Place(prefix, naming, stages));
          }
        }
      }
    }
    int most = found.stream().mapToInt(Place::stages).max().orElse(0);
    return found.stream()
        .filter(place -> place.stages == most)
        .sorted(Comparator.comparing(Place::prefix))
        .toList();
  }

  private static int stages(Set<String> names, String prefix, Naming naming) {
    if (!names.contains(prefix + naming.ofPlain("bn1.running_mean"))
        && !names.contains(prefix + naming.ofPlain("conv1.bias"))) {
      return 0;
    }
    int stages = 0;
    while (stages < STAGES
        && names.contains(prefix + naming.ofPlain("layer" + (stages + 1) + ".0.conv1.weight"))) {
      stages++;
    }
    return stages;
  }
}
