/**
 * Residual networks as lists of layers that an engine runs.
 *
 * <p>He, Zhang, Ren, Sun, <i>Deep Residual Learning for Image Recognition</i>, 2015, Table 1; taps
 * hand out feature layers under torchvision's names.
 */
package kintsugi.backbone;
