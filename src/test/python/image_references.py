#!/usr/bin/env python3
"""What Pillow makes of image files: the references of ImageCorpusTest.

image_references.py FOLDER        writes NAME.rgb (width, height, RGB bytes) for every file of the folder
image_references.py --csv FOLDER  prints the lines of src/test/resources/image/corpus.csv
image_references.py --encode FOLDER  writes files with Pillow's own encoders first, then their NAME.rgb

Where Pillow does not read a kind, or clips it (16-bit grey, whole numbers of 32 bits, floating point), the values
follow from the ramps that all files of the corpus show, and from the rules in docs/using.md.
"""

import re
import struct
import sys
import zlib
from pathlib import Path

from PIL import Image

WIDTH, HEIGHT = 45, 31


def sample(x, y, band):
    """ImageCorpus.sample: 16 bits."""
    if band == 0:
        return x * 65535 // (WIDTH - 1)
    if band == 1:
        return y * 65535 // (HEIGHT - 1)
    if band == 2:
        return (x * 5 + y * 3) * 200 & 0xFFFF
    return (x * y * 97 + 4000) & 0xFFFF


def ramps(bands, level):
    pixels = bytearray()
    for y in range(HEIGHT):
        for x in range(WIDTH):
            values = [level(sample(x, y, band)) for band in range(bands)]
            pixels += bytes(values if bands == 3 else values[:1] * 3)
    return WIDTH, HEIGHT, bytes(pixels)


def level(bits):
    """The 8-bit value of the upper bits of a sample of 16."""
    if bits < 8:
        return lambda v: (v >> (16 - bits)) * 255 // ((1 << bits) - 1)
    return lambda v: v >> 8


def by_rule(name):
    """The pixels of a kind that Pillow does not read or reads otherwise, or None."""
    found = re.fullmatch(r"(grey|white|rgb)(\d+)(_(ii|mm).*)?\.tif", name)
    if found:
        kind, bits = found[1], int(found[2])
        if kind == "white":
            top = (1 << bits) - 1
            depth = level(bits)
            return ramps(1, lambda v: depth((top - (v >> (16 - bits))) << (16 - bits)))
        return ramps(3 if kind == "rgb" else 1, level(bits))
    if re.fullmatch(r"real.*\.tif|signed32\.tif|whole32.*\.tif", name):
        colour = re.match(r"real32_(ii|mm|p2)", name)
        return ramps(3 if colour else 1, level(8))
    if name == "signed16.tif":
        return ramps(1, lambda v: v >> 9)
    if re.fullmatch(r"(bands[12]_16\.png|jdk_grey16_.*\.tif)", name):
        return ramps(1, level(8))
    if re.fullmatch(r"grey(4095|65535|1000)(_ascii)?\.pgm", name):
        maximum = int(re.search(r"\d+", name)[0])
        if maximum == 1000:
            return ramps(1, lambda v: round(v * 1000 // 65535 / 1000 * 65535) >> 8)
        return ramps(1, lambda v: (v * maximum // 65535) >> (maximum.bit_length() - 8))
    if re.fullmatch(r"rgb(4095|65535|1000)(_ascii)?\.ppm", name):
        maximum = int(re.search(r"\d+", name)[0])
        if maximum == 1000:
            return ramps(3, lambda v: round(v * 1000 // 65535 / 1000 * 65535) >> 8)
        return ramps(3, lambda v: (v * maximum // 65535) >> (maximum.bit_length() - 8))
    if re.fullmatch(r"cmyk8_.*(planar|mm_big).*\.tif|cmyk16\.tif|cmyk_opacity\.tif|unspecified\.tif", name):
        bands = 3 if name == "unspecified.tif" else 4
        pixels = bytes(
            sample(x, y, band) >> 8 for y in range(HEIGHT) for x in range(WIDTH) for band in range(bands)
        )
        mode = "RGB" if bands == 3 else "CMYK"
        return WIDTH, HEIGHT, Image.frombytes(mode, (WIDTH, HEIGHT), pixels).convert("RGB").tobytes()
    return None


def reference(file):
    ruled = by_rule(file.name)
    if ruled:
        return ruled
    with Image.open(file) as image:
        rgb = image.convert("RGB")
    return rgb.width, rgb.height, rgb.tobytes()


def is_lossy(name):
    """Whether decoders may differ; the values of a lossy WebP follow from its data to the bit."""
    return bool(re.search(r"\.jpg$|jpeg|ycbcr", name))


def csv(file):
    width, height, pixels = reference(file)
    count = width * height
    picked = b"".join(pixels[3 * i : 3 * i + 3] for i in range(7, count, max(1, count // 16)))
    crc = "" if is_lossy(file.name) else f"{zlib.crc32(pixels):08x}"
    return f"{file.name},{width},{height},{crc},{picked.hex() if not crc else ''}"


def encode(folder):
    """Files that only Pillow's encoders write."""
    width, height, pixels = ramps(3, level(8))
    rgb = Image.frombytes("RGB", (width, height), pixels)
    large = rgb.resize((301, 203), Image.Resampling.BICUBIC)
    grey = rgb.convert("L")
    rgba = rgb.copy()
    rgba.putalpha(grey)
    palette = rgb.quantize(60)
    for quality in (20, 50, 80, 100):
        large.save(folder / f"lossy{quality}.webp", quality=quality)
        rgb.save(folder / f"lossy_small{quality}.webp", quality=quality, method=quality // 20)
        large.save(folder / f"progressive{quality}.jpg", quality=quality, progressive=True)
        for subsampling in (0, 1, 2):
            large.save(folder / f"q{quality}_s{subsampling}.jpg", quality=quality, subsampling=subsampling)
    texture = bytes((x * x + 3 * y * y + 5 * x * y + 90 * band) >> 3 & 255 for y in range(53) for x in range(75) for band in range(3))
    textured = Image.frombytes("RGB", (75, 53), texture)
    for quality in (5, 40, 90):
        textured.save(folder / f"lossy_textured{quality}.webp", quality=quality)
    grey.save(folder / "lossy_grey.webp")
    rgba.save(folder / "lossy_opacity.webp", quality=80)
    rgb.save(folder / "lossless.webp", lossless=True)
    rgba.save(folder / "lossless_opacity.webp", lossless=True, exact=True)
    palette.convert("RGB").save(folder / "lossless_palette.webp", lossless=True)
    large.save(folder / "lossy_frames.webp", save_all=True, append_images=[large.transpose(0)] * 2, duration=40)
    rgb.convert("CMYK").save(folder / "cmyk.jpg")
    large.convert("CMYK").save(folder / "cmyk_progressive.jpg", progressive=True)
    rgb.save(folder / "stored_rgb.jpg", keep_rgb=True)
    for name, image in dict(rgb=rgb, grey=grey, cmyk=rgb.convert("CMYK"), ycbcr=rgb.convert("YCbCr")).items():
        for compression in ("tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"):
            image.save(folder / f"{name}_{compression}.tif", compression=compression)
    rgb.save(folder / "big.tif", big_tiff=True, compression="tiff_lzw", tiffinfo={317: 2})
    for compression in ("group3", "group4", "tiff_ccitt"):
        grey.convert("1").save(folder / f"bits_{compression}.tif", compression=compression)
    palette.save(folder / "interlaced.gif", interlace=1)
    palette.save(folder / "transparent.gif", transparency=5)
    palette.save(folder / "frames.gif", save_all=True, append_images=[grey, palette], duration=50)
    palette.save(folder / "palette.tif", compression="tiff_lzw")


def main():
    folder = Path(sys.argv[-1])
    if "--encode" in sys.argv:
        encode(folder)
    for file in sorted(folder.iterdir()):
        if file.suffix == ".rgb":
            continue
        if "--csv" in sys.argv:
            print(csv(file))
        else:
            width, height, pixels = reference(file)
            (folder / (file.name + ".rgb")).write_bytes(struct.pack(">II", width, height) + pixels)


if __name__ == "__main__":
    main()
