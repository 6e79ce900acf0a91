/**
 * The playable pages' numbers: what a page's script computes with, taken from a fit of real images.
 *
 * <p>A topic is one page. Its class makes a record of the numbers, in fp32 as the engines have
 * them; the page computes with these what the library computes, and a test compares both.
 */
package kintsugi.lesson;
