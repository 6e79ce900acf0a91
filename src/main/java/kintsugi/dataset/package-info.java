/** From folders to labelled samples, and their split. */
package kintsugi.dataset;
