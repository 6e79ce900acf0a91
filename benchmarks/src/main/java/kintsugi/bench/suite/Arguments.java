package kintsugi.bench.suite;

import java.util.List;
import java.util.concurrent.Callable;
import kintsugi.InputException;

/**
 * The words behind an option of {@code benchmarks/run} that is a program of its own.
 *
 * @param option its name
 * @param words all words behind it
 */
public record Arguments(String option, List<String> words) {

  /** Takes the words, at most as many as the option has. */
  public Arguments(String option, String[] words, int most) {
    this(option, List.of(words));
    if (words.length > most) {
      throw new UsageException(option + ": " + words[most] + " is one word too many");
    }
  }

  /** Runs a program and ends with its status; a wrong word is one line and status 2. */
  public static void exit(Callable<Integer> program) throws Exception {
    System.exit(status(program));
  }

  static int status(Callable<Integer> program) throws Exception {
    try {
      return program.call();
    } catch (UsageException e) {
      System.err.println("benchmarks/run: " + e.getMessage());
      return 2;
    } catch (InputException e) {
      System.err.println("benchmarks/run: " + e.getMessage());
      return 1;
    }
  }

  /** {@return the word at an index} */
  public String word(int index, String meaning) {
    if (index >= words.size()) {
      throw new UsageException(option + ": name " + meaning);
    }
    return words.get(index);
  }

  /** {@return the positive number at an index} */
  public int number(int index, String meaning) {
    String word = word(index, meaning);
    if (!word.matches("0*[1-9]\\d{0,8}")) {
      throw new UsageException(option + ": " + word + ": name " + meaning + ", a positive number");
    }
    return Integer.parseInt(word);
  }

  /** {@return the number, or a default where the word is missing} */
  public int number(int index, String meaning, int otherwise) {
    return index < words.size() ? number(index, meaning) : otherwise;
  }
}
