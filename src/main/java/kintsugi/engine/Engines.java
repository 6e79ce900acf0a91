package kintsugi.engine;

import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Which engine runs: the one asked for by name, or the fastest that can. */
public final class Engines {
  /** The name of the engine that comes in a jar of its own. */
  public static final String TORNADO = "tornado";

  /** The names of the command line. */
  public static final List<String> NAMES = List.of("auto", "scalar", "vector", TORNADO);

  private static final String VECTOR_MODULE = "jdk.incubator.vector";

  private Engines() {}

  /**
   * An engine and why it was taken.
   *
   * @param engine what runs
   * @param reason one line for {@code info}
   * @param notable whether whoever waits should know the reason: the engine is another than usual
   */
  public record Choice(Engine engine, String reason, boolean notable) {}

  /**
   * Chooses an engine. {@code auto} takes a GPU where there is one and an engine for it, else the
   * vector engine, else the scalar one; if the GPU fails it goes on with the next best. A name is
   * that engine or none, and {@code NAME:N} its device {@code N}.
   *
   * @param name the name
   * @param parallel the threads it will use
   * @param convolutions how the vector engine does 3x3 convolutions
   * @param warn is told, in one line, when {@code auto} leaves a device that cannot or fails
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
    return switch (name) {
      case "scalar" -> new Choice(new ScalarEngine(parallel), "asked for by name", false);
      case "vector" -> {
        if (!canVectorise()) {
          throw new IllegalArgumentException("the engine vector cannot run: " + missingModule());
        }
        yield new Choice(new VectorEngine(parallel, convolutions), "asked for by name", false);
      }
      case "auto" -> {
        Choice host = host(parallel, convolutions);
        yield gpu(parallel, host.engine, warn, providers).orElse(host);
      }
      default -> device(name, parallel, convolutions, providers);
    };
  }

  /** The best engine that needs no device. */
  private static Choice host(Parallel parallel, Convolutions convolutions) {
    return canVectorise()
        ? new Choice(new VectorEngine(parallel, convolutions), "the fastest engine here", false)
        : new Choice(
            new ScalarEngine(parallel), "the vector engine cannot: " + missingModule(), true);
  }

  /** An engine on a GPU; on any other device the host's own is faster. */
  private static Optional<Choice> gpu(
      Parallel parallel, Engine host, Consumer<String> warn, List<EngineProvider> providers) {
    for (EngineProvider provider : providers) {
      try {
        for (EngineProvider.Device device : provider.devices()) {
          if (device.gpu()) {
            Engine engine = provider.create(device, parallel, host);
            String reason = "there is a GPU: " + device.description();
            return Optional.of(
                new Choice(
                    new FallbackEngine(engine, host, warn),
                    reason + "; --engine " + host.name() + " leaves it alone",
                    true));
          }
        }
      } catch (EngineException e) {
        warn.accept(e.getMessage() + "; going on with the " + host.name() + " engine");
      }
    }
    return Optional.empty();
  }

  /** An engine of a provider, on the device named. */
  private static Choice device(
      String name, Parallel parallel, Convolutions convolutions, List<EngineProvider> providers) {
    String engine = name.replaceFirst(":.*", "");
    EngineProvider provider =
        providers.stream()
            .filter(p -> p.name().equals(engine))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException(missing(engine)));
    try {
      EngineProvider.Device device = device(name, provider);
      Engine host = host(parallel, convolutions).engine;
      return new Choice(provider.create(device, parallel, host), "asked for by name", false);
    } catch (EngineException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  /** By {@code NAME:N} that device, by the name alone the first GPU, or else the first of all. */
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
                    name
                        + " is none of the devices there are: "
                        + String.join(", ", lines(provider, devices))));
  }

  private static List<String> lines(EngineProvider provider, List<EngineProvider.Device> devices) {
    return devices.stream()
        .map(d -> provider.name() + ":" + d.number() + " " + d.description())
        .toList();
  }

  /**
   * The devices of all engines that have some.
   *
   * @return one line for each device with the name it goes by, or for each engine that has none
   */
  public static List<String> devices() {
    return providers().stream()
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

  /**
   * The engines that come in jars of their own.
   *
   * @return those found
   */
  public static List<EngineProvider> providers() {
    return ServiceLoader.load(EngineProvider.class).stream()
        .map(ServiceLoader.Provider::get)
        .toList();
  }

  /**
   * Whether the vector engine can run here.
   *
   * @return whether the Vector API's module is there
   */
  public static boolean canVectorise() {
    return ModuleLayer.boot().findModule(VECTOR_MODULE).isPresent();
  }

  private static String missing(String engine) {
    return engine.equals(TORNADO)
        ? "the engine tornado cannot run: TornadoVM was not found; install it"
            + " (https://www.tornadovm.org), set TORNADOVM_HOME to its folder and start ./kintsugi"
            + " again"
        : engine + " is no engine; there are " + String.join(", ", NAMES);
  }

  private static String missingModule() {
    return "this Java was started without --add-modules " + VECTOR_MODULE;
  }
}
