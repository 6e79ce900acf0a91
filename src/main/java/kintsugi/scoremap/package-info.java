/** From patch distances to a score map of the picture's size, and to one score. */
package kintsugi.scoremap;
