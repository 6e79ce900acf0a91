package kintsugi.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import kintsugi.Sha256;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReceiptTest {
  private static final String HASH = "0123456789abcdef".repeat(4);
  private static final Receipt RECEIPT =
      new Receipt(
          "ä\u202e\n\".png",
          HASH,
          HASH,
          "part.safetensors",
          HASH,
          "sha256:" + HASH,
          "0.2.0",
          "vector",
          "winograd4",
          false,
          0.1,
          -1.0 / 3,
          Double.MIN_VALUE,
          "normal",
          null);

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void aLineIsReadAsItWasWritten() {
    String line = RECEIPT.line();
    assertThat(line).hasLineCount(1).contains("\"score\":\"0x1.999999999999ap-4\"", "\\u202e");
    assertThat(Receipt.parse(bytes(line))).isEqualTo(RECEIPT);
  }

  @Test
  void everyChangedByteAndEveryCutIsNoticed() {
    byte[] line = bytes(RECEIPT.line());
    for (int i = 0; i < line.length; i++) {
      for (int bit = 1; bit < 256; bit <<= 1) {
        byte[] changed = line.clone();
        changed[i] ^= (byte) bit;
        assertThatIllegalArgumentException()
            .as("byte %d", i)
            .isThrownBy(() -> Receipt.parse(changed));
      }
      byte[] cut = Arrays.copyOf(line, i);
      assertThatIllegalArgumentException().isThrownBy(() -> Receipt.parse(cut));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "scalar, direct",
    "vector, direct",
    "vector, winograd2",
    "tornado, tornado",
    "'tornado, then vector', 'tornado, then winograd4'",
    "'tornado, then scalar', 'tornado, then direct'"
  })
  void everyEnginesArithmeticIsRead(String engine, String arithmetic) {
    Receipt receipt =
        new Receipt(
            "a",
            HASH,
            HASH,
            "m",
            HASH,
            "w",
            "0.2.0",
            engine,
            arithmetic,
            false,
            1,
            null,
            null,
            "not calibrated",
            null);
    assertThat(Receipt.parse(bytes(receipt.line()))).isEqualTo(receipt);
  }

  /** Lines whose hash is right, and whose content is not. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        "\"score\":\"0x1.999999999999ap-4\"; \"score\":\"0.1\"; its score",
        "\"score\":\"0x1.999999999999ap-4\"; \"score\":\"NaN\"; its score",
        "\"score\":\"0x1.999999999999ap-4\"; \"score\":\"0x1.0p9999\"; its score",
        "\"score\":\"0x1.999999999999ap-4\"; \"score\":null; its score",
        "\"any_size\":false; \"any_size\":\"no\"; its any_size",
        "\"verdict\":\"normal\"; \"verdict\":\"fine\"; its verdict",
        "\"receipt\":\"1\"; \"receipt\":\"2\"; its format is 2",
        "\"engine\":\"vector\"; \"engine\":1; its engine",
        "\"arithmetic\":\"winograd4\"; \"arithmetic\":\"fast\"; its arithmetic is fast",
        "\"arithmetic\":\"winograd4\"; \"arithmetic\":\"vector\"; its arithmetic is vector",
        "\"engine\":\"vector\"; \"engine\":\"scalar\"; its arithmetic is winograd4",
        "\"engine\":\"vector\",; ``; its names are not",
        "\"image_sha256\":\"01; \"image_sha256\":\"0G; in place of a SHA-256",
        "{\"receipt\"; [\"receipt\"; JSON"
      })
  void whatDoesNotFitIsRefused(String old, String changed, String why) {
    String body = RECEIPT.line().replaceFirst(",\"sha256\":\"[0-9a-f]*\"}$", "");
    assertThat(body).contains(old);
    String other = body.replace(old, changed == null ? "" : changed);
    String line = other + ",\"sha256\":\"" + Sha256.of(bytes(other)) + "\"}";
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Receipt.parse(bytes(line)))
        .withMessageContaining(why);
  }
}
