/**
 * Residual networks as lists of steps that an engine runs.
 *
 * <p>He, Zhang, Ren, Sun, <i>Deep Residual Learning for Image Recognition</i>, 2015, Table 1; taps
 * hand out the features under torchvision's names.
 */
package kintsugi.backbone;
