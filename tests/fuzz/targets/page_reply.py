"""What a page worker that was taken over may send: refused, or a content that means the same when it is sent again."""

from scanner.page.content import PageContent, PictureRef
from scanner.page.worker.reply import MalformedPageReplyError, pack, unpack


def seeds() -> list[bytes]:
    pictures = (PictureRef("http://a.onion/b", "img src"), PictureRef("", "srcset", untrusted_inline=b"GIF89a"))
    return [
        pack(PageContent(("http://a.onion/",), pictures, ("captcha",), ("http://a.onion/c.css",))),
        pack(PageContent((), (), ())),
    ]


def check(untrusted: bytes) -> None:
    try:
        content = unpack(untrusted)
    except MalformedPageReplyError:
        return
    assert unpack(pack(content)) == content


REGRESSIONS: list[bytes] = []
