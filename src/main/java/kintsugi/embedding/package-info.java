/**
 * From the features of several layers to one vector for every patch.
 *
 * <p>{@link kintsugi.embedding.PatchEmbedding} is PaDiM's (section III-A), {@link
 * kintsugi.embedding.LocalEmbedding} PatchCore's (section 3.1).
 */
package kintsugi.embedding;
