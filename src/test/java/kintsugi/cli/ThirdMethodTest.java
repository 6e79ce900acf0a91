package kintsugi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import kintsugi.Processes;
import kintsugi.dataset.SyntheticConcrete;
import kintsugi.detector.TestWeights;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A third method on the class path: it is there, without a line changed elsewhere. */
class ThirdMethodTest {
  @TempDir Path folder;

  private Processes.Result kintsugi(String... arguments) throws Exception {
    List<String> all =
        new ArrayList<>(
            List.of(
                "--add-modules=jdk.incubator.vector",
                "-cp",
                Processes.everything(),
                "kintsugi.cli.Main"));
    all.addAll(List.of(arguments));
    Processes.Result result =
        Processes.run(
            Map.of("KINTSUGI_WEIGHTS", folder.resolve("resnet18.safetensors").toString()),
            "java",
            all.toArray(String[]::new));
    assertThat(result.status()).as(result.output()).isZero();
    return result;
  }

  @Test
  void itIsListedFittedCalibratedSavedLoadedAndPredicts() throws Exception {
    TestWeights.write(folder.resolve("resnet18.safetensors"), 1);
    SyntheticConcrete.write(folder, 4, 2, 1);
    String good = folder.resolve(SyntheticConcrete.NORMAL).toString();
    String bad = folder.resolve(SyntheticConcrete.ANOMALOUS).toString();
    String model = folder.resolve("mean.safetensors").toString();
    assertThat(kintsugi("fit", "--help").output())
        .contains("meanpatch/plain", "Mean patch:", "padim/matlab", "--power");
    kintsugi(
        "fit", "meanpatch", "--power", "1", "--size", "64x64", "--train", good, "--model", model);
    kintsugi("calibrate", "--model", model, "--normal", good, "--anomalous", bad);
    String out = folder.resolve("out").toString();
    assertThat(kintsugi("predict", "--model", model, "--out", out, bad, "--explain").output())
        .contains("000.png", "patch row");
  }
}
