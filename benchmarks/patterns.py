"""Pictures whose perceptual hash rests on little: tables, gradients, periodic patterns, glyphs, shapes, noise, text.

Each family is a function of a random generator; the same seed gives the same picture. Corner marks, places of glyphs
and sizes come from few values, so that pictures which a person would never confuse share a hash as often as possible.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

Levels = NDArray[np.float64]
Chance = np.random.Generator
Fonts = Mapping[str, Path]
"""A font's file for each script."""
NO_FONTS: Fonts = MappingProxyType({})

SIZES = ((480, 360), (360, 480), (400, 300), (384, 384), (520, 390))
SAMPLES: dict[str, str] = {
    "Latin": "the quick brown fox jumps over the lazy dog and runs home again before night",
    "Greek": "ξεσκεπάζω την ψυχοφθόρα βδελυγμία και γαζέες και μυρτιές δεν θα βρω πια",
    "Cyrillic": "съешь же ещё этих мягких французских булок да выпей чаю в чащах юга",
    "Hebrew": "דג סקרן שט בים מאוכזב ולפתע מצא חברה איך הקליטה של ילד נחמד",
    "Arabic": "نص حكيم له سر قاطع وذو شأن عظيم مكتوب على ثوب أخضر ومغلف بجلد أزرق",
    "Devanagari": "ऋषियों को सताने वाले दुष्ट राक्षसों के राजा रावण का सर्वनाश करने वाले",
    "Thai": "เป็นมนุษย์สุดประเสริฐเลิศคุณค่า กว่าบรรดาฝูงสัตว์เดรัจฉาน จงฝ่าฟันพัฒนา",
    "Georgian": "სიმდიდრე უსასრულო სამყაროს იდუმალი ხმა ისმის შორეულ მთებში დილით",
    "Armenian": "բել դղյակի ձախ ժամն օֆ ազգությանը ցպահանջ չճշտած վնաս էր եւ փառք",
    "Chinese": "天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏闰余成岁律吕调阳云腾致雨",
}
"""Harmless sentences in ten scripts."""
_FILES = {"Latin": "", "Greek": "", "Cyrillic": "", "Chinese": "CJK"}
"""Scripts whose Noto file is not named after them."""


def picture(family: str, seed: int, fonts: Fonts = NO_FONTS) -> Image.Image:
    """Return one picture of a family in grey. Without `fonts`, text is Latin only."""
    chance = np.random.default_rng([list(FAMILIES).index(family), seed])
    levels = FAMILIES[family](chance, fonts)
    return Image.fromarray(np.clip(levels, 0, 255).astype(np.uint8))


def noto(folder: Path) -> Fonts:
    """Return the regular Noto Sans of each script below a folder (Debian: fonts-noto-core, fonts-noto-cjk)."""
    found = {file.name: file for pattern in ("*.ttf", "*.ttc") for file in sorted(folder.rglob(pattern))}
    named = {script: f"NotoSans{_FILES.get(script, script)}-Regular" for script in SAMPLES}
    return {script: file for script, name in named.items() for file in found.values() if file.stem == name}


def _size(chance: Chance) -> tuple[int, int]:
    width, height = SIZES[int(chance.integers(len(SIZES)))]
    return width, height


def _profile(chance: Chance, side: int) -> Levels:
    """Return a function of one coordinate: bars, steps, a gradient, lines, an edge, noise or a constant."""
    place = np.arange(side, dtype=np.float64)
    low, high = chance.integers(0, 256, 2).astype(float)
    period = int(chance.integers(8, 120))
    shapes = (
        (place // period) % 2,
        place // period * (chance.uniform(5, 60) / 255),
        place / side,
        place % period < max(2, period // 8),
        place > chance.uniform(0.05, 0.95) * side,
        np.repeat(chance.random(side // period + 2), period)[:side],
        np.zeros(side),
    )
    shape = np.asarray(shapes[int(chance.integers(len(shapes)))], dtype=np.float64)
    return np.asarray(low + (high - low) * shape, dtype=np.float64)


def _marked(levels: Levels, chance: Chance) -> Levels:
    """Put a small mark into a corner, as a logo or a date: a box of one level, or lines of words."""
    height, width = levels.shape
    wide, high = int(width * chance.choice([0.02, 0.04, 0.1, 0.2])), int(height * chance.choice([0.03, 0.05, 0.1]))
    top, left = int(chance.choice([0, height - high])), int(chance.choice([0, width - wide]))
    level = float(chance.choice([0, 30, 128, 255]))
    box = levels[top : top + high, left : left + wide]
    box[...] = level
    if chance.random() < 0.5:  # noqa: PLR2004 - half of them are words
        box[:, :: max(2, wide // 12)] = 255 - level
    return levels


def _sum(chance: Chance, _fonts: Fonts) -> Levels:
    width, height = _size(chance)
    rows, columns = _profile(chance, height), _profile(chance, width)
    weight = chance.choice([0.0, 0.5, 1.0])
    return _marked(np.clip(weight * rows[:, None] + (1 - weight) * columns[None, :], 0, 255), chance)


def _grid(chance: Chance, _fonts: Fonts) -> Levels:
    """Return cells with gutters: a contact sheet before its pictures have loaded, a form, a calendar, a keyboard."""
    width, height = _size(chance)
    down, across = (int(number) for number in chance.integers(2, 9, 2))
    gutter = int(chance.integers(2, 24))
    ground, cell = chance.choice([0, 30, 128, 200, 255], 2, replace=False)
    levels = np.full((height, width), float(ground))
    filled = chance.random() < 0.3  # noqa: PLR2004 - a share of the grids shows something in a few cells
    for row in range(down):
        for column in range(across):
            top, left = row * height // down + gutter, column * width // across + gutter
            levels[top : (row + 1) * height // down - gutter, left : (column + 1) * width // across - gutter] = cell
            if filled and chance.random() < 0.1:  # noqa: PLR2004 - few
                levels[top : top + height // down // 2, left : left + width // across // 2] = chance.integers(0, 256)
    return _marked(levels, chance) if chance.random() < 0.5 else levels  # noqa: PLR2004 - half of them


def _gradient(chance: Chance, _fonts: Fonts) -> Levels:
    width, height = _size(chance)
    down, across = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    centre = chance.choice([0.0, 0.25, 0.5, 0.75, 1.0], 2)
    match int(chance.integers(0, 3)):
        case 0:
            shape = down * chance.normal() + across * chance.normal()
        case 1:
            shape = np.hypot(down - centre[0], across - centre[1]) ** chance.choice([0.5, 1, 2])
        case _:
            shape = np.arctan2(down - centre[0] + 1e-6, across - centre[1] + 1e-6)
    scaled = (shape - shape.min()) / (np.ptp(shape) or 1)
    levels = chance.integers(0, 100) + scaled * chance.integers(60, 156) + chance.normal(0, 1, shape.shape)
    return _marked(levels, chance) if chance.random() < 0.5 else levels  # noqa: PLR2004 - half of them


def _periodic(chance: Chance, _fonts: Fonts) -> Levels:
    width, height = _size(chance)
    down, across = np.mgrid[0:height, 0:width]
    period, angle = chance.uniform(4, 90), chance.uniform(0, np.pi)
    along, aside = across * np.cos(angle) + down * np.sin(angle), down * np.cos(angle) - across * np.sin(angle)
    waves = np.sin(2 * np.pi * along / period), np.sin(2 * np.pi * aside / period)
    match int(chance.integers(0, 4)):
        case 0:
            pattern = waves[0]
        case 1:
            pattern = np.sign(waves[0])
        case 2:
            pattern = np.sign(waves[0] * waves[1])
        case _:
            pattern = (waves[0] * waves[1] > 0.5).astype(float)  # noqa: PLR2004 - dots
    levels = 128 + chance.uniform(20, 110) * pattern
    return _marked(levels, chance) if chance.random() < 0.5 else levels  # noqa: PLR2004 - half of them


def _font(fonts: Fonts, script: str, size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.truetype(str(fonts[script]), size) if script in fonts else ImageFont.load_default(size)


def _glyph(chance: Chance, fonts: Fonts) -> Levels:
    """Return one glyph on white."""
    width, height = _size(chance)
    image = Image.new("L", (width, height), 255)
    glyph = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz0123456789&%?!#@"[int(chance.integers(67))]
    font = _font(fonts, "Latin", int(height * chance.choice([0.2, 0.4, 0.7])))
    place = width * chance.choice([0.25, 0.5, 0.75]), height * chance.choice([0.3, 0.5, 0.7])
    ImageDraw.Draw(image).text(place, glyph, fill=0, font=font, anchor="mm")
    return np.asarray(image).astype(float)


def _shape(chance: Chance, _fonts: Fonts) -> Levels:
    """Return one shape on one ground."""
    width, height = _size(chance)
    ground, level = (int(value) for value in chance.choice([0, 60, 128, 200, 255], 2, replace=False))
    image = Image.new("L", (width, height), ground)
    draw = ImageDraw.Draw(image)
    x, y = width * chance.choice([0.3, 0.5, 0.7]), height * chance.choice([0.3, 0.5, 0.7])
    radius = height * chance.choice([0.05, 0.15, 0.3])
    box = [x - radius, y - radius * chance.uniform(0.4, 1), x + radius, y + radius * chance.uniform(0.4, 1)]
    match int(chance.integers(0, 4)):
        case 0:
            draw.ellipse(box, fill=level)
        case 1:
            draw.rectangle(box, fill=level)
        case 2:
            angles = np.sort(chance.uniform(0, 2 * np.pi, int(chance.integers(3, 8))))
            draw.polygon([(x + radius * np.cos(a), y + radius * np.sin(a)) for a in angles], fill=level)
        case _:
            draw.line([0, chance.uniform(0, height), width, chance.uniform(0, height)], level, int(radius / 4) + 2)
    return np.asarray(image).astype(float)


def _noise(chance: Chance, _fonts: Fonts) -> Levels:
    width, height = _size(chance)
    noise = chance.normal(128, chance.uniform(5, 60), (height, width))
    if chance.random() < 0.3:  # noqa: PLR2004 - salt and pepper
        noise = np.where(chance.random((height, width)) < chance.uniform(0.01, 0.3), 255.0 * (noise > 128), 128.0)  # noqa: PLR2004 - half
    return _marked(noise, chance) if chance.random() < 0.7 else noise  # noqa: PLR2004 - most of them


def _text(chance: Chance, fonts: Fonts) -> Levels:
    """Return a page of text in one of ten scripts, in paragraphs, as screens and scans show it."""
    width, height = _size(chance)
    image = Image.new("L", (width, height), 255)
    draw, size = ImageDraw.Draw(image), int(chance.choice([12, 16, 22, 30]))
    script = list(fonts or ("Latin",))[int(chance.integers(max(len(fonts), 1)))]
    words = SAMPLES[script].split() if " " in SAMPLES[script] else list(SAMPLES[script])
    font, margin = _font(fonts, script, size), int(width * chance.choice([0.05, 0.1]))
    top = margin
    while top < height - margin:
        line = ""
        while draw.textlength(line, font) < width - 3 * margin and (not line or chance.random() > 0.04):  # noqa: PLR2004
            line += words[int(chance.integers(len(words)))] + " " * (script != "Chinese")
        draw.text((margin, top), line, fill=int(chance.choice([0, 60])), font=font)
        top += int(size * chance.choice([1.3, 1.3, 1.3, 2.6]))
    if chance.random() < 0.2:  # noqa: PLR2004 - a scan is soft
        image = image.filter(ImageFilter.GaussianBlur(1))
    return np.asarray(image).astype(float)


FAMILIES: dict[str, Callable[[Chance, Fonts], Levels]] = {
    "rows + columns + mark": _sum,
    "grid": _grid,
    "gradient": _gradient,
    "periodic": _periodic,
    "glyph": _glyph,
    "shape": _shape,
    "noise": _noise,
    "text": _text,
}
"""Every family by name."""
