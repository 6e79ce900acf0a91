package kintsugi.report;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import kintsugi.AtomicOutput;
import kintsugi.Version;
import kintsugi.audit.Audit;
import kintsugi.audit.Finding;
import kintsugi.backbone.ResNet;
import kintsugi.detector.Session;

/** What an audit leaves behind: {@code audit.json} and {@code audit.html}. */
public final class AuditReport {
  private AuditReport() {}

  /** What both files hold. */
  private record Contents(
      boolean passed,
      String command,
      double seconds,
      String network,
      String weights,
      String version,
      String java,
      String system,
      int threads,
      List<Finding> findings) {}

  /**
   * Writes both, or neither.
   *
   * @param folder where they go
   * @param session what the audit ran with
   * @param command the command line that makes it again
   * @param report what was found
   * @throws kintsugi.InputException if they cannot be written
   */
  public static void write(Path folder, Session session, String command, Audit.Report report) {
    Contents contents =
        new Contents(
            report.passed(),
            command,
            report.seconds(),
            ResNet.name(session.weights()),
            session.weights().fingerprint(),
            Version.number(),
            Host.java(),
            Host.system(),
            session.parallel().threads(),
            report.findings());
    AtomicOutput.folder(
        folder,
        part -> {
          Files.writeString(part.resolve("audit.json"), Json.pretty(contents));
          Page.write(part.resolve("audit.html"), "audit", List.of("audit"), contents, "");
        });
  }
}
