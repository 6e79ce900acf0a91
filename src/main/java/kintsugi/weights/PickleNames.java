package kintsugi.weights;

import java.util.List;
import java.util.Set;

/** The names that a pickle may mention. None of them is ever called. */
final class PickleNames {
  private static final Set<String> TENSORS =
      Set.of(
          "collections.OrderedDict",
          "torch._utils._rebuild_tensor_v2",
          "torch._utils._rebuild_tensor",
          "torch._utils._rebuild_parameter",
          "torch._utils._rebuild_parameter_with_state",
          "torch.Size");

  /**
   * What training frameworks save next to the tensors: settings, optimisers' states, arrays. It is
   * passed over.
   */
  private static final List<String> SETTINGS =
      List.of(
          "pytorch_lightning.",
          "lightning.",
          "lightning_fabric.",
          "lightning_utilities.",
          "anomalib.",
          "omegaconf.",
          "jsonargparse.",
          "argparse.Namespace",
          "collections.defaultdict",
          "collections.Counter",
          "datetime.",
          "enum.",
          "functools.partial",
          "numpy.",
          "pathlib.",
          "typing.",
          "_codecs.encode",
          "copyreg.",
          "torch.device",
          "torch.optim.",
          "torchmetrics.",
          "torchvision.transforms.");

  private static final Set<String> BUILTINS =
      Set.of(
          "set",
          "frozenset",
          "dict",
          "list",
          "tuple",
          "int",
          "float",
          "bool",
          "str",
          "complex",
          "slice",
          "range",
          "object",
          "bytearray");

  /** The modules through which a pickle runs commands or programs, or changes files. */
  private static final Set<String> COMMANDS =
      Set.of(
          "os",
          "posix",
          "nt",
          "subprocess",
          "sys",
          "shutil",
          "socket",
          "pty",
          "runpy",
          "importlib",
          "ctypes",
          "code",
          "commands",
          "webbrowser",
          "http",
          "urllib",
          "requests",
          "asyncio");

  private static final Set<String> COMMAND_BUILTINS =
      Set.of("eval", "exec", "execfile", "compile", "open", "__import__", "input", "breakpoint");

  /** The packages whose classes are networks. */
  private static final List<String> NETWORKS =
      List.of("torch.nn.", "torchvision.models.", "timm.", "segmentation_models_pytorch.");

  private PickleNames() {}

  /** Whether the name belongs to a tensor; otherwise what it stands for is passed over. */
  static boolean isOfTensors(String name) {
    return TENSORS.contains(name) || name.matches("torch\\.[A-Za-z0-9]{1,16}Storage");
  }

  /**
   * Checks a name.
   *
   * @throws IllegalArgumentException if neither a tensor nor a framework's settings need it
   */
  static void check(String name) {
    boolean builtin =
        name.startsWith("builtins.") && BUILTINS.contains(name.substring("builtins.".length()))
            || name.startsWith("__builtin__.")
                && BUILTINS.contains(name.substring("__builtin__.".length()));
    if (isOfTensors(name)
        || builtin
        || isTypeOfElements(name)
        || SETTINGS.stream().anyMatch(name::startsWith)) {
      return;
    }
    String shown = name.replaceAll("[^\\w.]", "?");
    if (name.startsWith("__torch__.")) {
      throw new IllegalArgumentException(
          "it is a TorchScript program ("
              + shown
              + "), not a state dictionary; save its state_dict() in its place");
    }
    if (NETWORKS.stream().anyMatch(name::startsWith)) {
      throw new IllegalArgumentException(
          "it is a whole model with its classes ("
              + shown
              + "), not only tensors; save its state_dict() in its place");
    }
    throw new IllegalArgumentException(
        "its pickle would call " + shown + ", which no tensor needs");
  }

  /**
   * Checks a name of which nothing is ever made.
   *
   * @throws IllegalArgumentException if no saved object has it, and commands are run with it
   */
  static void refuseCommands(String name) {
    String module = name.split("\\.", 2)[0];
    String member = name.substring(name.lastIndexOf('.') + 1);
    boolean builtin = module.equals("builtins") || module.equals("__builtin__");
    if (COMMANDS.contains(module) || builtin && COMMAND_BUILTINS.contains(member)) {
      throw new IllegalArgumentException(
          "its pickle would call "
              + name.replaceAll("[^\\w.]", "?")
              + ", which runs commands where Python loads it");
    }
  }

  /** {@code torch.float32} and the like. */
  private static boolean isTypeOfElements(String name) {
    return name.matches("torch\\.(b?float|u?int|complex|bool)\\d{0,3}");
  }
}
