/** From the features of several layers to one vector for every patch. */
package kintsugi.embedding;
