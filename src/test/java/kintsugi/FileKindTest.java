package kintsugi;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import kintsugi.image.ImageDecoder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FileKindTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "version https://git-lfs.github.com/spec/v1 oid sha256:abc | LFS_POINTER",
        "<html>404</html> | WEB_PAGE",
        "`  <!-- saved --><!DOCTYPE HTML><p>` | WEB_PAGE",
        "<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error> | XML",
        "{\"weight_map\": {}} | JSON",
        "[1, 2] | JSON",
        "[section] | TEXT",
        "hello | TEXT",
        "Größe | TEXT",
        "P5 2 2 255 | IMAGE",
        "%PDF-1.7 | PDF"
      })
  void textsAreToldByTheirBeginning(String text, FileKind kind) {
    assertThat(FileKind.of(text.getBytes(UTF_8))).isEqualTo(kind);
    if (kind == FileKind.WEB_PAGE || kind == FileKind.TEXT) {
      assertThat(FileKind.of(("\ufeff" + text).getBytes(UTF_8))).isEqualTo(kind);
      assertThat(FileKind.of(text.getBytes(UTF_16))).isEqualTo(kind);
    }
  }

  @Test
  void aTextCutInTheMiddleOfACharacterIsAText() {
    byte[] text = "ü".repeat(2000).getBytes(UTF_8);
    assertThat(FileKind.of(Arrays.copyOf(text, 1023))).isEqualTo(FileKind.TEXT);
    assertThat(FileKind.of(text)).isEqualTo(FileKind.TEXT);
  }

  @Test
  void binariesAreToldByTheirSignature() {
    assertThat(of("")).isEqualTo(FileKind.EMPTY);
    for (String image : List.of("\u00ff\u00d8\u00ff\u00e0", "\u0089PNG\r\n", "GIF89a", "II*\0")) {
      assertThat(of(image + "\0\1\2")).isEqualTo(FileKind.IMAGE);
    }
    assertThat(of("PK\3\4\24")).isEqualTo(FileKind.ZIP);
    assertThat(of("\u001f\u008b\b\0")).isEqualTo(FileKind.ARCHIVE);
    assertThat(of("7z\u00bc\u00af'\u001c\0\4")).isEqualTo(FileKind.ARCHIVE);
    assertThat(of("a.txt" + "\0".repeat(252) + "ustar\0")).isEqualTo(FileKind.TAR);
    assertThat(of("\u0089HDF\r\n\u001a\n\0")).isEqualTo(FileKind.HDF5);
    assertThat(of("\34\0\0\0TFL3\24")).isEqualTo(FileKind.TENSORFLOW);
    assertThat(of("\n\u0010\n\5input\22\13Placeholder")).isEqualTo(FileKind.TENSORFLOW);
    assertThat(of("\u0080\4\u0095\0\1}")).isEqualTo(FileKind.PICKLE);
    assertThat(of("\u0080\2\u008a\nl\u00fc\u009cF\u00f9 j\u00a8P\31.")).isEqualTo(FileKind.TORCH);
    assertThat(of("\u0093NUMPY\1\0")).isEqualTo(FileKind.NUMPY);
    assertThat(of("\2\0\0\0\0\0\0\0{}")).isEqualTo(FileKind.SAFETENSORS);
    assertThat(of("\2\0\0\0\0\0\0\177{}")).isEqualTo(FileKind.UNKNOWN);
    assertThat(of("\b\7\22\7pytorch")).isEqualTo(FileKind.ONNX);
    assertThat(of("\1\2\3")).isEqualTo(FileKind.UNKNOWN);
  }

  private static FileKind of(String bytes) {
    return FileKind.of(bytes.getBytes(ISO_8859_1));
  }

  @Test
  void aFileNamedAsAnImageIsCalledWhatItIs() {
    byte[] pointer = "version https://git-lfs.github.com/spec/v1\n".getBytes(UTF_8);
    assertThatThrownBy(() -> ImageDecoder.read("m.png", pointer))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("m.png: cannot be read as an image (it is a Git LFS pointer")
        .hasMessageContaining("git lfs pull");
    assertThatThrownBy(() -> ImageDecoder.read("m.png", "\1\2\3".getBytes(UTF_8)))
        .hasMessageContaining("its image format is unknown");
  }
}
