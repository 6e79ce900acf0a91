/** From a picture file to the network's input tensor, and from a score map back to a picture. */
package kintsugi.image;
