"""Benign pictures, generated in four kinds that fool perceptual hashes in different ways.

- *leaves*: overlapping discs, bars and triangles of all sizes, with soft light: the statistics of photographs;
- *octaves*: noise in octaves: clouds, textures, everything out of focus;
- *text*: dark lines on a white page: most of two pages is the same;
- *poster*: a few large shapes on one ground, as logos and banners are: little detail, much alike.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

KINDS = ("leaves", "octaves", "text", "poster")
WIDTH, HEIGHT = 480, 360


def picture(kind: str, seed: int) -> Image.Image:
    """Return one picture; the same seed gives the same picture."""
    chance = np.random.default_rng([KINDS.index(kind), seed])
    return {"leaves": _leaves, "octaves": _octaves, "text": _text, "poster": _poster}[kind](chance)


def _leaves(chance: np.random.Generator) -> Image.Image:
    image = Image.new("RGB", (WIDTH, HEIGHT), _colour(chance))
    draw, middle = ImageDraw.Draw(image), chance.normal(128, 30, 3)
    for _ in range(int(chance.integers(60, 300))):
        radius = 8 / np.sqrt(1 - chance.random() * 0.998)
        _shape(draw, chance, radius, tuple(np.clip(middle + chance.normal(0, 45), 0, 255).astype(int).tolist()))
    light = np.linspace(-1, 1, HEIGHT)[:, None] * chance.normal(0, 25) + np.linspace(-1, 1, WIDTH) * chance.normal(
        0, 25
    )
    return _finished(np.asarray(image) + light[..., None], chance)


def _octaves(chance: np.random.Generator) -> Image.Image:
    total = np.zeros((HEIGHT, WIDTH, 3))
    for octave in range(1, 8):
        cells = chance.uniform(-1, 1, (2**octave, 2**octave, 3)).astype(np.float32)
        layers = [
            Image.fromarray(cells[..., channel]).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
            for channel in range(3)
        ]
        total += np.stack([np.asarray(layer) for layer in layers], axis=2) * (160 / octave**1.5)
    return _finished(128 + total, chance)


def _text(chance: np.random.Generator) -> Image.Image:
    image = Image.new("RGB", (WIDTH, HEIGHT), "white")
    draw = ImageDraw.Draw(image)
    for top in range(20, HEIGHT - 20, int(chance.integers(12, 22))):
        left = 24
        while left < WIDTH - 60 and chance.random() > 0.06:  # noqa: PLR2004 - a paragraph ends now and then
            word = int(chance.integers(8, 50))
            draw.rectangle([left, top, left + word, top + 6], fill=(30, 30, 30))
            left += word + 6
    return _finished(np.asarray(image), chance)


def _poster(chance: np.random.Generator) -> Image.Image:
    image = Image.new("RGB", (WIDTH, HEIGHT), _colour(chance))
    draw = ImageDraw.Draw(image)
    for _ in range(int(chance.integers(2, 6))):
        _shape(draw, chance, chance.uniform(30, 140), _colour(chance))
    return _finished(np.asarray(image), chance)


def _shape(draw: ImageDraw.ImageDraw, chance: np.random.Generator, radius: float, colour: tuple[int, ...]) -> None:
    across, down = chance.uniform(0, WIDTH), chance.uniform(0, HEIGHT)
    high = radius * chance.uniform(0.4, 1)
    box = [across - radius, down - high, across + radius, down + high]
    match int(chance.integers(0, 3)):
        case 0:
            draw.ellipse(box, fill=colour)
        case 1:
            draw.rectangle(box, fill=colour)
        case _:
            angles = chance.uniform(0, 2 * np.pi, 3)
            draw.polygon([(across + radius * np.cos(a), down + radius * np.sin(a)) for a in angles], fill=colour)


def _finished(levels: NDArray[np.floating | np.uint8], chance: np.random.Generator) -> Image.Image:
    """Add a little grain and softness, as a camera does."""
    grained = np.clip(levels + chance.normal(0, 3, (HEIGHT, WIDTH, 3)), 0, 255).astype(np.uint8)
    return Image.fromarray(grained).filter(ImageFilter.GaussianBlur(0.6))


def _colour(chance: np.random.Generator) -> tuple[int, ...]:
    return tuple(chance.integers(0, 256, 3).tolist())
