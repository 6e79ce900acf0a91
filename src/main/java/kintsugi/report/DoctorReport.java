package kintsugi.report;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import kintsugi.OutputFolder;
import kintsugi.Version;
import kintsugi.audit.Doctor;

/** The report of a comparison of two models: {@code doctor.json} and {@code doctor.html}. */
public final class DoctorReport {
  private static final String JSON = "doctor.json";
  private static final String PAGE = "doctor.html";

  private DoctorReport() {}

  /** The content of both files. */
  private record Contents(
      boolean same,
      String a,
      String b,
      String first,
      String image,
      List<String> causes,
      String next,
      List<String> notices,
      List<Doctor.Compared> stages,
      List<Doctor.Scores> scores,
      String command,
      String version,
      String java,
      String system) {}

  /**
   * {@return the folder of both files, open}
   *
   * @param folder where they go
   * @throws kintsugi.InputException if it cannot be written, or has another's files of these names
   */
  public static OutputFolder open(Path folder) {
    return OutputFolder.of(folder, "doctor", List.of(JSON, PAGE));
  }

  /**
   * Writes both, or neither.
   *
   * @param out where they go
   * @param command the command line that makes it again
   * @param diagnosis the result
   * @throws kintsugi.InputException if they cannot be written
   */
  public static void write(OutputFolder out, String command, Doctor.Diagnosis diagnosis) {
    Contents contents =
        new Contents(
            diagnosis.same(),
            diagnosis.a(),
            diagnosis.b(),
            diagnosis.first(),
            diagnosis.image(),
            diagnosis.causes(),
            diagnosis.next(),
            diagnosis.notices(),
            diagnosis.stages(),
            diagnosis.scores(),
            command,
            Version.number(),
            Host.java(),
            Host.system());
    out.write(JSON, file -> Files.writeString(file, Json.pretty(contents)));
    out.write(PAGE, file -> Page.write(file, "doctor", List.of("doctor"), contents, ""));
    out.commit();
  }
}
