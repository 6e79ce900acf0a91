package kintsugi.engine;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** The choice of an engine: the one asked for by name, or the fastest that can run here. */
public final class Engines {
  /** The name of the automatic choice. */
  public static final String AUTO = "auto";

  /** The name of the engine on a GPU, which comes in a jar of its own. */
  public static final String TORNADO = "tornado";

  /** The names that can be chosen. */
  public static final List<String> NAMES = names(providers());

  private static final String VECTOR = "vector";
  private static final String BY_NAME = "chosen by name";

  private Engines() {}

  /**
   * An engine and the reason for its choice.
   *
   * @param engine the engine
   * @param reason one line
   * @param notable whether the user should see the reason: the engine is not the usual one
   */
  public record Choice(Engine engine, String reason, boolean notable) {}

  /**
   * Chooses an engine. {@code auto} takes the first GPU that an engine can use, else the best
   * engine on the processor; if the GPU fails, the work continues on the processor. A name is that
   * engine or an error, and {@code NAME:N} is its device {@code N}.
   *
   * @param name one of {@link #NAMES}, or with a device's number
   * @param parallel the threads the engine will use
   * @param convolutions the algorithm for 3x3 convolutions
   * @param warn receives one line when {@code auto} leaves a device that cannot be used or fails
   * @return the engine and the reason
   * @throws IllegalArgumentException if the name is unknown or that engine cannot run here
   */
  public static Choice choose(
      String name, Parallel parallel, Convolutions convolutions, Consumer<String> warn) {
    return choose(name, parallel, convolutions, warn, providers());
  }

  static Choice choose(
      String name,
      Parallel parallel,
      Convolutions convolutions,
      Consumer<String> warn,
      List<EngineProvider> providers) {
    if (!name.equals(AUTO)) {
      Supplier<Engine> host = () -> host(parallel, convolutions, providers).engine;
      return byName(name, parallel, convolutions, host, providers);
    }
    Choice host = host(parallel, convolutions, providers);
    return gpu(parallel, convolutions, host.engine, warn, providers).orElse(host);
  }

  /** The best engine on the processor. */
  private static Choice host(
      Parallel parallel, Convolutions convolutions, List<EngineProvider> providers) {
    List<EngineProvider> ranked =
        providers.stream()
            .filter(provider -> provider.rank() > 0)
            .sorted(Comparator.comparingInt(EngineProvider::rank).reversed())
            .toList();
    List<String> failures = new ArrayList<>();
    for (EngineProvider provider : ranked) {
      try {
        EngineProvider.Device device = provider.devices().getFirst();
        Engine engine = provider.create(device, parallel, convolutions, noHost(provider));
        return failures.isEmpty()
            ? new Choice(engine, "the fastest engine here", false)
            : new Choice(
                engine, String.join("; ", failures) + "; using the engine " + engine.name(), true);
      } catch (EngineException e) {
        failures.add(e.getMessage());
      }
    }
    throw new IllegalArgumentException("no engine can run on this processor: " + failures);
  }

  private static Supplier<Engine> noHost(EngineProvider provider) {
    return () -> {
      throw new IllegalStateException(provider.name() + " runs on the processor itself");
    };
  }

  /** An engine on a GPU; on any other device the host's engine is faster. */
  private static Optional<Choice> gpu(
      Parallel parallel,
      Convolutions convolutions,
      Engine host,
      Consumer<String> warn,
      List<EngineProvider> providers) {
    for (EngineProvider provider : onDevices(providers)) {
      try {
        for (EngineProvider.Device device : provider.devices()) {
          if (device.gpu()) {
            Engine engine = provider.create(device, parallel, convolutions, () -> host);
            String reason =
                "using the GPU "
                    + device.description()
                    + "; choose the engine "
                    + host.name()
                    + " to leave it alone";
            return Optional.of(new Choice(new FallbackEngine(engine, host, warn), reason, true));
          }
        }
      } catch (EngineException e) {
        warn.accept(FallbackEngine.warning(e, host));
      }
    }
    return Optional.empty();
  }

  private static Choice byName(
      String name,
      Parallel parallel,
      Convolutions convolutions,
      Supplier<Engine> host,
      List<EngineProvider> providers) {
    String engine = name.replaceFirst(":.*", "");
    EngineProvider provider =
        providers.stream()
            .filter(p -> p.name().equals(engine))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException(unknown(engine, providers)));
    try {
      EngineProvider.Device device = device(name, provider);
      return new Choice(provider.create(device, parallel, convolutions, host), BY_NAME, false);
    } catch (EngineException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  /** By {@code NAME:N} that device, by the name alone the first GPU, or else the first device. */
  private static EngineProvider.Device device(String name, EngineProvider provider) {
    List<EngineProvider.Device> devices = provider.devices();
    if (name.equals(provider.name())) {
      return devices.stream()
          .filter(EngineProvider.Device::gpu)
          .findFirst()
          .orElse(devices.getFirst());
    }
    return devices.stream()
        .filter(device -> name.equals(provider.name() + ":" + device.number()))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "there is no device "
                        + name
                        + "; choose one of "
                        + String.join(", ", lines(provider, devices))));
  }

  private static List<String> lines(EngineProvider provider, List<EngineProvider.Device> devices) {
    return devices.stream()
        .map(d -> provider.name() + ":" + d.number() + " " + d.description())
        .toList();
  }

  /**
   * Lists the devices other than the processor.
   *
   * @return one line per device with the name by which it is chosen, or per engine that has none
   *     the reason
   */
  public static List<String> devices() {
    return onDevices(providers()).stream()
        .flatMap(
            provider -> {
              try {
                return lines(provider, provider.devices()).stream();
              } catch (EngineException e) {
                return Stream.of(provider.name() + ": " + e.getMessage());
              }
            })
        .toList();
  }

  private static List<EngineProvider> onDevices(List<EngineProvider> providers) {
    return providers.stream().filter(provider -> provider.rank() == 0).toList();
  }

  /**
   * Finds the engines: those of this jar, and those in jars of their own next to it.
   *
   * @return their providers; those for the processor have a {@linkplain EngineProvider#rank rank}
   */
  public static List<EngineProvider> providers() {
    // This class's own loader, since the thread's may see only the application's classes.
    return ServiceLoader.load(EngineProvider.class, EngineProvider.class.getClassLoader()).stream()
        .map(ServiceLoader.Provider::get)
        .toList();
  }

  /** {@return whether the vector engine can run here: the Vector API's module is loaded} */
  public static boolean canVectorise() {
    return providers().stream().anyMatch(p -> p.name().equals(VECTOR) && canRun(p));
  }

  private static boolean canRun(EngineProvider provider) {
    try {
      return !provider.devices().isEmpty();
    } catch (EngineException e) {
      return false;
    }
  }

  private static List<String> names(List<EngineProvider> providers) {
    Stream<EngineProvider> ranked =
        providers.stream()
            .filter(provider -> provider.rank() > 0)
            .sorted(Comparator.comparingInt(EngineProvider::rank));
    Stream<EngineProvider> both = Stream.concat(ranked, onDevices(providers).stream());
    // Tornado is listed even where its jar was not found: its error says how to get it.
    return Stream.of(Stream.of(AUTO), both.map(EngineProvider::name), Stream.of(TORNADO))
        .flatMap(names -> names)
        .distinct()
        .toList();
  }

  private static String unknown(String engine, List<EngineProvider> providers) {
    return engine.equals(TORNADO)
        ? "the engine tornado cannot run: TornadoVM was not found; install it"
            + " (https://www.tornadovm.org), set TORNADOVM_HOME to its folder and start again"
        : engine + " is not an engine; choose one of " + String.join(", ", names(providers));
  }
}
