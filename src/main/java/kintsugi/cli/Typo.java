package kintsugi.cli;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * A mistyped option or command, and what was probably meant.
 *
 * @param typed the word of the command line
 * @param meant the nearest option or command, by the letters that are missing, added, changed or
 *     exchanged with their neighbours
 */
record Typo(String typed, String meant) {
  /** {@return the first typo of a command line; empty where nothing known is near} */
  static Optional<Typo> of(ParameterException e, String[] arguments) {
    CommandLine line = e.getCommandLine();
    Set<String> options = new TreeSet<>(line.getCommandSpec().optionsMap().keySet());
    options.addAll(line.getCommandSpec().negatedOptionsMap().keySet());
    for (String argument : arguments) {
      String name = argument.replaceFirst("=.*", "");
      if (name.equals("--")) {
        break;
      }
      if (name.startsWith("--") && !options.contains(name)) {
        Optional<String> near = nearest(name, options);
        if (near.isPresent()) {
          return Optional.of(new Typo(name, near.get()));
        }
      }
    }
    List<String> unmatched =
        e instanceof UnmatchedArgumentException u ? u.getUnmatched() : List.<String>of();
    return unmatched.stream()
        .findFirst()
        .flatMap(word -> nearest(word, line.getSubcommands().keySet()).map(m -> new Typo(word, m)));
  }

  /** {@return the nearest of some known words; empty where none is near} */
  static Optional<String> nearest(String typed, Collection<String> known) {
    int limit = Math.max(2, typed.length() / 3);
    return known.stream()
        .filter(name -> name.length() > 2 && distance(typed, name) <= limit)
        .min(Comparator.comparingInt((String n) -> distance(typed, n)).thenComparing(n -> n));
  }

  /** The optimal string alignment distance. */
  static int distance(String a, String b) {
    int[][] d = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          d[i][j] = i + j;
          continue;
        }
        int changed = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        d[i][j] = Math.min(Math.min(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + changed);
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
        }
      }
    }
    return d[a.length()][b.length()];
  }
}
