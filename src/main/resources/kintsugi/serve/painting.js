/* A mask that is painted: strokes, rectangles and an earlier mask, kept as a list so that the last one
   can be taken back at any size of image. */
export class Painting {
  constructor(width, height) {
    this.acts = [];
    this.mask = document.createElement("canvas");
    this.mask.width = width;
    this.mask.height = height;
    this.pen = this.mask.getContext("2d", { willReadFrequently: true });
  }

  get width() { return this.mask.width; }
  get height() { return this.mask.height; }

  add(act) {
    this.acts.push(act);
    this.#draw(act);
  }

  /* Continues the stroke that was added last. */
  extend(point) {
    const stroke = this.acts.at(-1);
    stroke.points.push(point);
    this.#draw({ ...stroke, points: stroke.points.slice(-2) });
  }

  undo() {
    this.acts.pop();
    this.pen.clearRect(0, 0, this.width, this.height);
    const from = this.acts.findLastIndex(act => act.kind === "clear");
    this.acts.slice(from + 1).forEach(act => this.#draw(act));
  }

  #draw(act) {
    const pen = this.pen;
    pen.globalCompositeOperation = act.erase ? "destination-out" : "source-over";
    pen.fillStyle = pen.strokeStyle = "#fff";
    if (act.kind === "clear") pen.clearRect(0, 0, this.width, this.height);
    else if (act.kind === "rectangle") pen.fillRect(act.x, act.y, act.width, act.height);
    else if (act.kind === "mask") this.#drawMask(act.image);
    else {
      pen.lineWidth = act.size;
      pen.lineCap = pen.lineJoin = "round";
      pen.beginPath();
      pen.moveTo(...act.points[0]);
      act.points.forEach(point => pen.lineTo(...point));
      pen.stroke();
    }
  }

  /* What is white in an image is painted. */
  #drawMask(image) {
    const drawn = document.createElement("canvas");
    drawn.width = this.width;
    drawn.height = this.height;
    const pen = drawn.getContext("2d");
    pen.drawImage(image, 0, 0, this.width, this.height);
    const pixels = pen.getImageData(0, 0, this.width, this.height);
    for (let i = 0; i < pixels.data.length; i += 4) pixels.data[i + 3] = pixels.data[i] < 128 ? 0 : 255;
    pen.putImageData(pixels, 0, 0);
    this.pen.drawImage(drawn, 0, 0);
  }

  /* The part of the pixels that are painted, and a PNG that is white there and black elsewhere. */
  async finish() {
    const pixels = this.pen.getImageData(0, 0, this.width, this.height);
    let painted = 0;
    for (let i = 0; i < pixels.data.length; i += 4) {
      const inside = pixels.data[i + 3] >= 128;
      painted += inside;
      pixels.data.fill(inside ? 255 : 0, i, i + 3);
      pixels.data[i + 3] = 255;
    }
    const out = document.createElement("canvas");
    out.width = this.width;
    out.height = this.height;
    out.getContext("2d").putImageData(pixels, 0, 0);
    const png = await new Promise(resolve => out.toBlob(resolve, "image/png"));
    return { fraction: painted / (this.width * this.height), png };
  }
}
