package kintsugi.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import kintsugi.detector.Choice;
import kintsugi.detector.Choices;
import kintsugi.detector.Method;
import kintsugi.detector.Methods;
import kintsugi.detector.Recipe;
import kintsugi.image.TargetSize;
import kintsugi.metric.ThresholdRule;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.IGetter;
import picocli.CommandLine.Model.ISetter;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * The options that choose a method and a recipe. Those of single choices are made from the methods'
 * own descriptions: one group for the choices that all methods have, one per method.
 */
public final class MethodOptions {
  private static final long DEFAULT_SEED = 1;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "METHOD", description = "The method, see below.")
  private String method;

  private static final String COMMON = "Method";
  private static final String RECIPE = "recipe";
  private static final String SEED = "seed";
  private static final String SCALE = "scale";
  private static final String SIZE = "size";
  private static final String THRESHOLD = "threshold";
  private static final String MAX_FALSE_ALARMS = "max_false_alarms";

  /** The options of this group that are not a recipe's choice. */
  private static final List<Choice> OWN =
      List.of(
          Choice.of(RECIPE, RECIPE, "NAME", "A version of the method, see below."),
          Choice.of(SEED, SEED, "N", "Fixes every draw (default: " + DEFAULT_SEED + ")."),
          Choice.of(
              SCALE,
              SCALE,
              "X",
              "Scale images by this and do not crop: --resize scale:X --crop same."),
          Choice.of(
              SIZE,
              SIZE,
              "WxH",
              "Resize images to this and do not crop: --resize WxH --crop same."),
          Choice.of(
              MAX_FALSE_ALARMS,
              MAX_FALSE_ALARMS,
              "R",
              "Reject at most this rate of normal images, whatever their distribution is:"
                  + " --threshold conformal:R."));

  /** Other names of options. */
  private static final Map<String, String> ALIASES = Map.of("taps", "--layers");

  /** The values typed, by the names of the options and choices. */
  private final Map<String, String> typed = new LinkedHashMap<>();

  /** For a command line. */
  public MethodOptions() {}

  /** {@return the options of a recipe and some choices, as if they had been typed} */
  static MethodOptions of(CommandSpec spec, String recipe, Map<String, String> choices) {
    MethodOptions options = new MethodOptions();
    options.spec = spec;
    options.method = recipe.replaceFirst("/.*", "");
    options.typed.put(RECIPE, recipe);
    options.typed.putAll(choices);
    return options;
  }

  /** Adds an option per choice to the command that these options are mixed into. */
  public void addChoices() {
    Map<String, List<Method>> owners = new LinkedHashMap<>();
    for (Method each : Methods.all()) {
      for (Choice choice : each.allChoices()) {
        owners.computeIfAbsent(choice.name(), name -> new ArrayList<>()).add(each);
      }
    }
    Map<String, ArgGroupSpec.Builder> groups = new LinkedHashMap<>();
    ArgGroupSpec.Builder common = groups.computeIfAbsent(COMMON, MethodOptions::group);
    OWN.forEach(choice -> common.addArg(option(choice, false, choice.description())));
    owners.forEach(
        (name, methods) -> {
          boolean all = methods.size() == Methods.all().size();
          groups
              .computeIfAbsent(all ? COMMON : methods.getFirst().title(), MethodOptions::group)
              .addArg(option(name, methods));
        });
    groups.values().forEach(group -> spec.addArgGroup(group.build()));
    spec.usageMessage().footer(footer());
  }

  private static ArgGroupSpec.Builder group(String heading) {
    int order = heading.equals(COMMON) ? 20 : 21;
    return ArgGroupSpec.builder()
        .exclusive(false)
        .validate(false)
        .heading("%n" + heading + ":%n")
        .order(order);
  }

  private OptionSpec option(String name, List<Method> methods) {
    Method first = methods.getFirst();
    Choice choice = choice(first, name);
    boolean flag = Choices.isFlag(first.recipes().getFirst(), choice);
    return option(choice, flag, description(name, methods));
  }

  private OptionSpec option(Choice choice, boolean flag, String description) {
    Typed binding = new Typed(choice.name());
    OptionSpec.Builder builder =
        OptionSpec.builder(names(choice))
            .type(flag ? Boolean.class : String.class)
            .description(description.replace("%", "%%"))
            .setter(binding)
            .getter(binding);
    return flag
        ? builder.negatable(true).arity("0").build()
        : builder.paramLabel(choice.values()).arity("1").build();
  }

  private static String[] names(Choice choice) {
    String name = "--" + Choices.kebab(choice);
    String alias = ALIASES.get(choice.name());
    return alias == null ? new String[] {name} : new String[] {name, alias};
  }

  /** The place of an option's value. */
  private final class Typed implements ISetter, IGetter {
    private final String name;

    private Typed(String name) {
      this.name = name;
    }

    @Override
    public <T> T set(T value) {
      if (value == null) {
        typed.remove(name);
      } else {
        typed.put(name, value.toString());
      }
      return null;
    }

    @Override
    public <T> T get() {
      return null;
    }
  }

  private static Choice choice(Method method, String name) {
    return method.allChoices().stream()
        .filter(choice -> choice.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static String description(String name, List<Method> methods) {
    Map<String, List<String>> titles =
        methods.stream()
            .collect(
                Collectors.groupingBy(
                    m -> choice(m, name).description(),
                    LinkedHashMap::new,
                    Collectors.mapping(Method::title, Collectors.toList())));
    return titles.size() == 1
        ? titles.keySet().iterator().next()
        : titles.entrySet().stream()
            .map(entry -> String.join(", ", entry.getValue()) + ": " + entry.getKey())
            .collect(Collectors.joining(" "));
  }

  private static String[] footer() {
    List<String> lines = new ArrayList<>(List.of("", "Methods and their recipes, defaults first:"));
    for (Method each : Methods.all()) {
      lines.add("  " + each.name() + ": " + each.title() + ", " + each.description());
      lines.add(
          "      " + each.recipes().stream().map(Recipe::name).collect(Collectors.joining(", ")));
    }
    return lines.toArray(String[]::new);
  }

  /**
   * {@return the recipe that the options lead to}
   *
   * @throws ParameterException if they do not lead to one
   */
  public Recipe recipe() {
    try {
      Method chosen = Methods.named(method);
      Recipe recipe = Methods.recipe(typed.getOrDefault(RECIPE, method));
      if (!recipe.method().equals(chosen.name())) {
        throw new IllegalArgumentException(
            recipe.name() + " is not a recipe of " + method + ", but of " + recipe.method());
      }
      return Choices.with(recipe, choices());
    } catch (IllegalArgumentException e) {
      throw wrong(OptionNames.inChoiceMessage(spec.commandLine(), e.getMessage()));
    }
  }

  /**
   * {@return what fixes every draw}
   *
   * @throws ParameterException if it is not an integer
   */
  public long seed() {
    String seed = typed.getOrDefault(SEED, "" + DEFAULT_SEED);
    try {
      return Long.parseLong(seed);
    } catch (NumberFormatException e) {
      throw wrong("--seed: a whole number of 64 bits, not " + seed);
    }
  }

  private ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  /** Whether anything but the method itself was chosen. */
  boolean hasChoices() {
    return !typed.isEmpty();
  }

  /** The size that an option of this group stands for; a failure names that option. */
  private String size(String option, String prefix) {
    try {
      return TargetSize.parse(prefix + typed.get(option)).toString();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("--" + option + ": " + e.getMessage(), e);
    }
  }

  /**
   * The rule that a rate of false alarms stands for.
   *
   * @throws IllegalArgumentException naming the option, if the text is not such a rate
   */
  static ThresholdRule promise(String rate) {
    try {
      return ThresholdRule.parse("conformal:" + rate);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "--max-false-alarms: a rate above 0 and below 1, not " + rate, e);
    }
  }

  private Map<String, Object> choices() {
    Map<String, Object> choices = new LinkedHashMap<>(typed);
    OWN.forEach(own -> choices.remove(own.name()));
    boolean sized = typed.containsKey(SCALE) || typed.containsKey(SIZE);
    if (typed.keySet().stream().filter(Set.of(SCALE, SIZE, "resize")::contains).count() > 1) {
      throw new IllegalArgumentException("--scale, --size and --resize exclude each other");
    }
    if (typed.containsKey("ratio") && typed.containsKey("bank_size")) {
      throw new IllegalArgumentException("--ratio and --bank-size exclude each other");
    }
    if (typed.containsKey(THRESHOLD) && typed.containsKey(MAX_FALSE_ALARMS)) {
      throw new IllegalArgumentException("--threshold and --max-false-alarms exclude each other");
    }
    if (typed.containsKey(MAX_FALSE_ALARMS)) {
      choices.put(THRESHOLD, promise(typed.get(MAX_FALSE_ALARMS)).toString());
    }
    if (sized) {
      choices.put(
          "resize", typed.containsKey(SIZE) ? size(SIZE, "") : size(SCALE, TargetSize.SCALE));
    }
    boolean cut = !Set.of("none", "0").contains(typed.getOrDefault("tile", "none"));
    if (cut) {
      choices.putIfAbsent("resize", TargetSize.SAME);
    }
    if (sized || cut) {
      choices.putIfAbsent("crop", TargetSize.SAME);
    }
    return choices;
  }
}
