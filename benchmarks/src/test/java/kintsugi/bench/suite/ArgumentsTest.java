package kintsugi.bench.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import kintsugi.InputException;
import org.junit.jupiter.api.Test;

class ArgumentsTest {
  private static Arguments of(String... words) {
    return new Arguments("--soak", words, 2);
  }

  @Test
  void wordsAreNumbersOrNamed() {
    assertThat(of("x", "60").number(1, "the seconds")).isEqualTo(60);
    assertThat(of().number(0, "the seconds", 10)).isEqualTo(10);
    assertThat(of("x").word(0, "a folder")).isEqualTo("x");
    assertThatThrownBy(() -> of("x").number(1, "the seconds"))
        .hasMessage("--soak: name the seconds");
    for (String wrong : new String[] {"ten", "0", "-3", "1e3", "99999999999", ""}) {
      assertThatThrownBy(() -> of(wrong).number(0, "the seconds", 10))
          .isInstanceOf(UsageException.class)
          .hasMessage("--soak: " + wrong + ": name the seconds, a positive number");
    }
    assertThatThrownBy(() -> of("1", "2", "3")).hasMessage("--soak: 3 is one word too many");
  }

  @Test
  void statusesAreThoseOfTheCommandLine() throws Exception {
    assertThat(Arguments.status(() -> 0)).isZero();
    assertThat(
            Arguments.status(
                () -> {
                  throw new UsageException("a wrong word");
                }))
        .isEqualTo(2);
    assertThat(
            Arguments.status(
                () -> {
                  throw new InputException("a command that fails");
                }))
        .isEqualTo(1);
  }
}
