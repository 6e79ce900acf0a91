/** ResNet-18 as a list of steps. */
package kintsugi.backbone;
