"""A site full of canaries, as the rehearsal has one (`scanner/rehearsal/marker_site.py`), and every form to look for.

Beside what is marked there: a page that is read twice, a data: URI of text, and a picture that takes its time.
"""

from base64 import b64encode

from scanner.rehearsal.gallery import KNOWN, plain
from scanner.rehearsal.marker_site import MARK, commented, no_picture, of_pixels, with_exif
from scanner.rehearsal.sites import CannedResponse

CANARY = MARK
DRIPPING = "/dripping.jpg"
"""A picture that takes its time: whoever asked for it is in the middle of a scan."""


def forms(mark: str) -> dict[str, bytes]:
    """The bytes in which a mark may lie on a disk: as it is, in base64 at each place within three bytes, in UTF-16."""
    raw = mark.encode()
    coded = {f"base64, {skip} bytes in": b64encode(bytes(skip) + raw)[4:-4] for skip in range(3)}
    return {"plain": raw, "hex": raw.hex().encode(), "UTF-16": mark.encode("utf-16-le"), **coded}


PICTURE, INLINE = (commented(plain(KNOWN[entry])) for entry in ("R-01", "R-02"))
PAGE = f"""<!doctype html><title>{CANARY}</title><p>{CANARY}
<img src="/{CANARY}.jpg"><img src="/cut.jpg"><img src="/exif.jpg"><img src="/pixels.png"><img src="/bare.jpg">
<img src="/no-picture.jpg"><img src="{DRIPPING}"><img src="data:image/jpeg;base64,{b64encode(INLINE).decode()}">
<img src="data:text/plain,{CANARY}"><a href="/{CANARY}">more</a>"""
ANSWERS = {
    "/": CannedResponse(PAGE.encode()),
    f"/{CANARY}": CannedResponse(PAGE.encode()),
    f"/{CANARY}.jpg": CannedResponse(PICTURE, f'image/jpeg; name="{CANARY}.jpg"'),
    "/cut.jpg": CannedResponse(PICTURE, "image/jpeg", cut_short=True),
    "/exif.jpg": CannedResponse(with_exif(plain(KNOWN["R-03"])), "image/jpeg"),
    "/pixels.png": CannedResponse(of_pixels(), "image/png"),
    "/bare.jpg": CannedResponse(PICTURE, bare=True),
    "/no-picture.jpg": CannedResponse(no_picture(), "image/jpeg"),
    DRIPPING: CannedResponse(PICTURE[:20], "image/jpeg", dripping=True),
}
