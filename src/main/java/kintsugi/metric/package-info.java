/** How well scores tell anomalous from normal. */
package kintsugi.metric;
