package kintsugi.audit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FindingTest {
  @ParameterizedTest
  @CsvSource({
    "0.998003992, kept 0.998 of the bound",
    "0.9999999, kept 0.9999999 of the bound",
    "1, kept 1 of the bound",
    "1.0000001, BROKEN 1.0000001 times the bound",
    "1.04, BROKEN 1.04 times the bound",
    "12.34, BROKEN 12 times the bound",
    "1e9, BROKEN 1.0e+09 times the bound",
    "0.32, kept 0.32 of the bound",
    "0.0123, kept 0.012 of the bound",
    "0.000032, kept 3.2e-05 of the bound"
  })
  void aVerdictIsNeverRoundedToTheOtherSideOfTheBound(double share, String words) {
    Finding finding = new Finding("s", "e", "c", "r", 1, 0, 0, 0, "b", share, share <= 1);
    assertThat(finding.verdict().replace(",", "")).isEqualTo(words);
  }
}
