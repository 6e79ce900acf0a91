package kintsugi.bench.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import kintsugi.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ColdStartTest {
  @TempDir Path folder;

  @Test
  void commandsRunInTheirFolder() throws Exception {
    Files.writeString(folder.resolve("here"), "");
    ColdStart.Timed timed = ColdStart.timed(List.of("test", "-f", "here"), folder);
    assertThat(timed.wallSeconds()).hasSize(11).allMatch(seconds -> seconds > 0);
    assertThatThrownBy(() -> ColdStart.timed(List.of("test", "-f", "elsewhere"), folder))
        .isInstanceOf(InputException.class)
        .hasMessage("test -f elsewhere: failed; run it alone to see why");
  }
}
