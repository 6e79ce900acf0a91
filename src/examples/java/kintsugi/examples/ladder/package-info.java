/**
 * The ladder: one convolution of ResNet-18 in eight steps, from seven plain loops to Winograd's
 * algorithm in vector registers. Each step is a program; docs/ladder.md tells the story.
 */
package kintsugi.examples.ladder;
