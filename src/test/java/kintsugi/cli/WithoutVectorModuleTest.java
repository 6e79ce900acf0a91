package kintsugi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Started from the class path there is no Vector API: the scalar engine runs and says what helps.
 */
class WithoutVectorModuleTest {
  private static final String FLAG = "--add-modules jdk.incubator.vector";

  /** What a process of its own printed, and its status. */
  private record Result(int status, String output) {}

  private static Result java(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-cp");
    command.add(System.getProperty("jdk.module.path"));
    command.add("kintsugi.cli.Main");
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Result(process.waitFor(), output);
  }

  @Test
  void autoFallsBackToTheScalarEngineAndNamesTheFlag() throws Exception {
    Result info = java("info");
    assertThat(info.status).as(info.output).isZero();
    assertThat(info.output).contains("scalar (", FLAG);
  }

  @Test
  void askedForByNameTheVectorEngineIsAnError() throws Exception {
    Result info = java("info", "--engine", "vector");
    assertThat(info.status).isEqualTo(2);
    assertThat(info.output).contains("the engine vector cannot run", FLAG);
  }
}
