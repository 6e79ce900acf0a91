package kintsugi.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class CoverageTableTest {
  @Test
  void classesOfAPackageAreAddedUp() {
    List<String> csv =
        List.of(
            "GROUP,PACKAGE,CLASS,INSTRUCTION_MISSED,INSTRUCTION_COVERED,BRANCH_MISSED,"
                + "BRANCH_COVERED,LINE_MISSED,LINE_COVERED,COMPLEXITY_MISSED,COMPLEXITY_COVERED,"
                + "METHOD_MISSED,METHOD_COVERED",
            "Kintsugi,kintsugi.tensor,Tensor,1,2,1,3,2,8,1,1,1,1",
            "Kintsugi,kintsugi.metric,RocCurve,1,2,0,0,0,10,1,1,1,1",
            "Kintsugi,kintsugi.tensor,Tensor.View,1,2,1,3,0,10,1,1,1,1");
    assertThat(CoverageTable.lines(csv))
        .containsExactly(
            "package                      lines  covered  branches  covered",
            "kintsugi.metric                 10   100.0%         0        -",
            "kintsugi.tensor                 20    90.0%         8    75.0%",
            "all                             30    93.3%         8    75.0%");
  }
}
