package kintsugi.mark;

import kintsugi.engine.Gaussians;

/** Square matrices and their lower triangles row by row. */
final class Triangle {
  private Triangle() {}

  static double[][] transposed(double[][] matrix) {
    double[][] turned = new double[matrix.length][matrix.length];
    for (int i = 0; i < matrix.length; i++) {
      for (int j = 0; j < matrix.length; j++) {
        turned[j][i] = matrix[i][j];
      }
    }
    return turned;
  }

  static double[] packed(double[][] matrix) {
    double[] packed = new double[Gaussians.triangle(matrix.length)];
    for (int i = 0; i < matrix.length; i++) {
      System.arraycopy(matrix[i], 0, packed, Gaussians.triangle(i), i + 1);
    }
    return packed;
  }

  static double[][] unpacked(double[] packed, int n) {
    double[][] matrix = new double[n][n];
    for (int i = 0; i < n; i++) {
      System.arraycopy(packed, Gaussians.triangle(i), matrix[i], 0, i + 1);
    }
    return matrix;
  }
}
