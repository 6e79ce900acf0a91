package kintsugi.report;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import kintsugi.OutputFolder;
import kintsugi.Version;
import kintsugi.audit.Audit;
import kintsugi.audit.Finding;
import kintsugi.backbone.ResNet;
import kintsugi.detector.Session;

/** The report of an audit: {@code audit.json} and {@code audit.html}. */
public final class AuditReport {
  private AuditReport() {}

  /** The content of both files. */
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
      List<Item> findings) {}

  /** A finding with its verdict in words. */
  private record Item(@JsonUnwrapped Finding finding, String verdict) {
    private static Item of(Finding finding) {
      return new Item(finding, finding.verdict());
    }
  }

  /**
   * {@return the folder of both files, open}
   *
   * @param folder where they go
   * @throws kintsugi.InputException if it cannot be written, or has another's files of these names
   */
  public static OutputFolder open(Path folder) {
    return OutputFolder.of(folder, "audit", List.of("audit.json", "audit.html"));
  }

  /**
   * Writes both, or neither.
   *
   * @param out where they go
   * @param session the engine, the weights and the threads of the audit
   * @param command the command line that makes it again
   * @param report the findings
   * @throws kintsugi.InputException if they cannot be written
   */
  public static void write(OutputFolder out, Session session, String command, Audit.Report report) {
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
            report.findings().stream().map(Item::of).toList());
    out.write("audit.json", file -> Files.writeString(file, Json.pretty(contents)));
    out.write("audit.html", file -> Page.write(file, "audit", List.of("audit"), contents, ""));
    out.commit();
  }
}
