package kintsugi.bench.suite;

import java.util.List;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.util.Optional;

/**
 * JMH's options for one fork: without the files that it would write over those of the fork before;
 * the suite writes them once, with all forks.
 */
final class ForkOptions extends CommandLineOptions {
  private static final long serialVersionUID = 1L;

  ForkOptions(String... words) throws CommandLineOptionException {
    super(words);
  }

  /** The builder of a fork's options names its one benchmark. */
  @Override
  public List<String> getIncludes() {
    return List.of();
  }

  @Override
  public Optional<String> getResult() {
    return Optional.none();
  }

  @Override
  public Optional<ResultFormatType> getResultFormat() {
    return Optional.none();
  }

  @Override
  public Optional<String> getOutput() {
    return Optional.none();
  }
}
