package kintsugi.bench.suite;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;
import org.openjdk.jmh.profile.ProfilerException;
import org.openjdk.jmh.profile.ProfilerFactory;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.ProfilerConfig;

/**
 * What is to be run: the suite's own options, and JMH's with their own names and meaning.
 *
 * @param kind of run, which has defaults for the options that were not named
 * @param jdks to run on in turn; empty for the JVM of this program
 * @param out the results' file; null for a new one in {@code benchmarks/results}
 * @param jmh JMH's options
 * @param forks the same for one fork
 * @param parameters the names of those that were typed
 * @param typed all words, for the results
 */
record CommandLine(
    Kind kind,
    List<String> jdks,
    Path out,
    CommandLineOptions jmh,
    ForkOptions forks,
    Set<String> parameters,
    List<String> typed) {

  /** Kinds of run; a pattern or an option that is named goes before their defaults. */
  enum Kind {
    /** Everything. */
    FULL(3, 5, 5, 1000, List.of(), List.of()),
    /** The backbone next to ONNX Runtime, in about three minutes. */
    QUICK(
        3,
        3,
        3,
        500,
        List.of("PeakBenchmark.preferred14", "BackboneBenchmark"),
        List.of("-p", "who=winograd4,onnxruntime", "-p", "input=1x224x224,32x224x224")),
    /** What the roofline page needs. */
    ROOFLINE(
        3,
        3,
        5,
        500,
        List.of("PeakBenchmark", "BandwidthBenchmark", "ConvolutionBenchmark", "BackboneBenchmark"),
        List.of("-p", "how=DIRECT,WINOGRAD4", "-p", "who=winograd4", "-p", "threads=1")),
    /** Whether anything runs at all. */
    SMOKE(1, 1, 1, 200, List.of("PeakBenchmark.preferred14", "ImageBenchmark.upsample"), List.of());

    final int forks;
    final int warmups;
    final int iterations;
    final int millis;
    private final List<String> patterns;
    private final List<String> more;

    Kind(
        int forks,
        int warmups,
        int iterations,
        int millis,
        List<String> patterns,
        List<String> more) {
      this.forks = forks;
      this.warmups = warmups;
      this.iterations = iterations;
      this.millis = millis;
      this.patterns = patterns;
      this.more = more;
    }

    /** Whether a first fork that was not warm, or too short, is repeated with a longer one. */
    boolean repeats() {
      return this == FULL;
    }
  }

  /** A bare word of this kind is a parameter: {@code who=direct,winograd4}. */
  private static final Pattern PARAMETER = Pattern.compile("[A-Za-z]\\w*=.*");

  /**
   * Reads a command line.
   *
   * @throws UsageException if it is wrong
   */
  static CommandLine parse(String... words) {
    List<String> left = new ArrayList<>();
    List<String> jdks = new ArrayList<>();
    Kind kind = Kind.FULL;
    Path out = null;
    for (int i = 0; i < words.length; i++) {
      String word = words[i];
      switch (word) {
        case "--quick", "--smoke", "--roofline" -> {
          if (kind != Kind.FULL) {
            throw new UsageException(word + ": only one kind of run can be named");
          }
          kind = Kind.valueOf(word.substring(2).toUpperCase(Locale.ROOT));
        }
        case "--jdk" -> {
          int before = jdks.size();
          while (i + 1 < words.length && isJdk(words[i + 1])) {
            jdks.add(words[++i]);
          }
          if (jdks.size() == before) {
            throw new UsageException("--jdk: name a JDK's folder, or graal");
          }
        }
        case "--out" -> {
          if (i + 1 == words.length) {
            throw new UsageException("--out: name a file");
          }
          out = Places.of(words[++i]);
        }
        default -> {
          boolean value = !left.isEmpty() && left.getLast().startsWith("-");
          if (!value && PARAMETER.matcher(word).matches()) {
            left.add("-p");
          }
          left.add(word);
        }
      }
    }
    CommandLineOptions jmh = jmh(left);
    List<String> defaults = new ArrayList<>(left);
    if (jmh.getIncludes().isEmpty()) {
      defaults.addAll(kind.patterns);
      for (int i = 1; i < kind.more.size(); i += 2) {
        String parameter = kind.more.get(i);
        if (!jmh.getParameter(parameter.substring(0, parameter.indexOf('='))).hasValue()) {
          defaults.addAll(kind.more.subList(i - 1, i + 1));
        }
      }
    }
    return new CommandLine(
        kind,
        List.copyOf(jdks),
        out,
        jmh(defaults),
        forks(defaults),
        parameters(left),
        List.of(words));
  }

  private static Set<String> parameters(List<String> words) {
    Set<String> names = new LinkedHashSet<>();
    for (int i = 1; i < words.size(); i++) {
      if (words.get(i - 1).equals("-p")) {
        names.add(words.get(i).replaceFirst("=.*", "").strip());
      }
    }
    return names;
  }

  /** A folder, perhaps with flags behind it; or the word for Graal's compiler. */
  private static boolean isJdk(String word) {
    return word.equals("graal")
        || word.startsWith("graal -")
        || !word.startsWith("-") && (word.contains("/") || Files.isDirectory(Places.of(word)));
  }

  private static CommandLineOptions jmh(List<String> words) {
    try {
      CommandLineOptions options = new CommandLineOptions(words.toArray(String[]::new));
      for (ProfilerConfig profiler : options.getProfilers()) {
        ProfilerFactory.getProfilerOrException(profiler);
      }
      Stream.of(options.getIncludes(), options.getExcludes())
          .flatMap(List::stream)
          .forEach(CommandLine::check);
      return options;
    } catch (CommandLineOptionException | ProfilerException | IllegalArgumentException e) {
      throw new UsageException(
          Arrays.stream(String.valueOf(e.getMessage()).split("\n")).findFirst().orElse("")
              + "; -h lists the options");
    }
  }

  private static ForkOptions forks(List<String> words) {
    try {
      return new ForkOptions(words.toArray(String[]::new));
    } catch (CommandLineOptionException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void check(String pattern) {
    try {
      Pattern.compile(pattern);
    } catch (PatternSyntaxException e) {
      throw new UsageException(
          pattern + ": is not a regular expression (" + e.getDescription() + ")");
    }
  }
}
