package kintsugi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** What is printed and written is the same in every locale. */
class LocaleTest extends CommandFixture {
  private Result in(Locale locale, String... arguments) {
    Locale before = Locale.getDefault();
    Locale.setDefault(locale);
    try {
      return run(arguments);
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  void digitsAndPointsAreTheSameEverywhere() {
    Path out = folder.resolve("locale");
    String[][] commands = {
      {"predict", "--model", "" + model, "" + anomalous, "--explain", "--out", "" + out},
      {"trace", "--model", "" + model, "" + anomalous.resolve("000.png"), "--out", "" + out},
      {"calibrate", "--model", "" + model, "--normal", "" + normal, "--anomalous", "" + anomalous},
      {
        "evaluate",
        "--model",
        "" + model,
        "--normal",
        "" + normal,
        "--anomalous",
        "" + anomalous,
        "--out",
        "" + out
      },
      {"info"},
    };
    for (String[] command : commands) {
      Result plain = in(Locale.ROOT, command);
      assertThat(plain.status()).as(plain.err()).isZero();
      for (String tag : new String[] {"ar-EG-u-nu-arab", "tr-TR"}) {
        Result there = in(Locale.forLanguageTag(tag), command);
        assertThat(withoutTimes(there.out())).as(tag).isEqualTo(withoutTimes(plain.out()));
        assertThat(there.out()).doesNotContainPattern("\\p{Nd}(?<![0-9])|[0-9],[0-9]+ (s|ms)");
      }
    }
  }

  private static String withoutTimes(String text) {
    return text.replaceAll("[0-9.]+ m?s\\b", "TIME").replaceAll(" +", " ");
  }
}
