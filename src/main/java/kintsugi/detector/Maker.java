package kintsugi.detector;

import java.util.Collection;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import kintsugi.Version;

/**
 * The program that computed a model's numbers. What does not decide them, such as the JVM, the
 * processor and the number of threads, is not in it, so that a model file is the same to the byte
 * wherever the same images lead to the same numbers. Where several computed parts of them, each
 * version and each arithmetic is named once, sorted, with {@code and} between them, and {@code
 * unknown} of a part that does not say.
 *
 * @param kintsugi the version
 * @param arithmetic of the engine ({@link kintsugi.engine.Engine#arithmetic})
 */
public record Maker(String kintsugi, String arithmetic) {
  private static final String AND = " and ";

  /** This program, with the engine of a session. */
  static Maker of(Session session) {
    return new Maker(Version.number(), session.engine().arithmetic());
  }

  /**
   * {@return the maker of what consists of parts, in whatever order; empty if none of them says}
   *
   * @param parts the makers of the parts; empty of one that does not say
   */
  static Optional<Maker> united(Collection<Optional<Maker>> parts) {
    if (parts.stream().allMatch(Optional::isEmpty)) {
      return Optional.empty();
    }
    return Optional.of(new Maker(united(parts, Maker::kintsugi), united(parts, Maker::arithmetic)));
  }

  private static String united(Collection<Optional<Maker>> parts, Function<Maker, String> name) {
    return parts.stream()
        .map(part -> part.map(name).orElse("unknown"))
        .flatMap(names -> Stream.of(names.split(Pattern.quote(AND))))
        .distinct()
        .sorted()
        .collect(Collectors.joining(AND));
  }
}
