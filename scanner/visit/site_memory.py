"""What a visit remembers of a site, and when it may ask only for what has changed.

- Remembered of a page: its links and references, the validators that came with it and its pictures, and keyed tokens of
  their bytes; the same of each of its parts, once for all pages of the site. No verdict, no hash: which pictures were
  findings stands in the sealed records alone.
- A page whose pictures are all the same as when it was described, under the same hash lists and the same settings, is
  told as unchanged since that record. Whatever differs, it is described anew, from bytes that are fetched for it.
- A validator works as a cookie. So it is sent only once two visits, at the second of which it was not sent, gave the
  same one for the same bytes: what every visitor is given tells no visitor from another (docs/adr/0016).
- A site may lie. One answer in `AUDITED`, by lot, is asked for whole; other bytes under the same validators end all
  trust in that site's. Every `full_visit_days` nothing is sent at all: then the site meets a visitor that it does not
  know.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from http import HTTPStatus

from reports.ledger.ledger import Ledger, Memory, SiteKey
from scanner.exchange.port import Failed, Response
from scanner.exchange.validators import NO_VALIDATORS, NOT_MODIFIED, Validators
from scanner.fetch.visit_fetches import FetchResult
from scanner.page.content import PageContent, PictureRef

AUDITED = 16
CONTRADICTED = "the site called unchanged what had changed"
"""The note of the page at which an audit found it out."""


class Conditional(StrEnum):
    """When a validator is sent back."""

    CONFIRMED = "confirmed"
    """Once two visits gave the same, at the second of which it was not sent."""
    AT_ONCE = "at once"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class RevisitPolicy:
    """The settings: when validators are sent, how often a visit sends none, how long a page is remembered."""

    conditional: Conditional = Conditional.CONFIRMED
    full_visit: timedelta = timedelta(days=7)
    kept: timedelta = timedelta(days=90)


DEFAULT_TRUST = RevisitPolicy()


@dataclass(frozen=True, slots=True)
class RememberedBody:
    """One answer's bytes, by their keyed token, with the validators that came with them."""

    token: bytes
    validators: Validators = NO_VALIDATORS
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class RememberedPage:
    """A page as it was last described or found unchanged. `content` holds tokens in place of inline pictures' bytes.

    `own` and `whole` are tokens of what the page named, without and with its parts. `editions` is one of the hash
    lists, the settings and the program that it was judged by.
    """

    editions: bytes
    own: bytes
    whole: bytes
    body: RememberedBody
    content: PageContent
    pictures: Mapping[str, RememberedBody]
    when: datetime
    """When it was described: from then on it may be found unchanged for as long as the settings say."""
    leaves: Mapping[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class SiteMemory:
    """What one visit knows of its site's earlier visits. Safe to call from several threads."""

    ledger: Ledger
    site: SiteKey
    visit_id: str
    trust: RevisitPolicy
    editions: bytes
    now: datetime
    destroy_by: datetime | None
    last_full: datetime | None = None
    liar: bool = False
    """Whether the site has called unchanged what had changed."""

    def __post_init__(self) -> None:
        recalled = self.ledger.recall(self.site, self._own_row)
        if recalled is not None:
            since, self.liar = json.loads(recalled.body)
            self.last_full = datetime.fromisoformat(since)

    @property
    def full(self) -> bool:
        """Whether this visit sends no validators at all."""
        if self.trust.conditional is Conditional.NEVER or self.liar or self.last_full is None:
            return True
        return not timedelta() <= self.now - self.last_full < self.trust.full_visit

    def page(self, url: str) -> RememberedPage | None:
        """What is remembered of this page."""
        recalled = self.ledger.recall(self.site, url)
        return None if recalled is None else read_page(recalled.body, recalled.leaves)

    def part(self, url: str) -> RememberedPage | None:
        """What is remembered of this part of a page, where this program, with these settings, read it."""
        known = self.page(self._part_row(url))
        return known if known is not None and known.editions == self.editions else None

    def asks(self, url: str, known: RememberedBody | None) -> Validators:
        """The validators to send for this URL."""
        if known is None or self.full or self._drawn(url):
            return NO_VALIDATORS
        return known.validators if known.confirmed or self.trust.conditional is Conditional.AT_ONCE else NO_VALIDATORS

    def learnt(self, url: str, known: RememberedBody | None, answer: Response, token: bytes) -> RememberedBody:
        """What to remember of an answer that came with its bytes."""
        whole = answer.status == HTTPStatus.OK and answer.complete
        now = RememberedBody(token, answer.validators if whole else NO_VALIDATORS)
        return self.compared(now, known, sent=bool(self.asks(url, known)))

    def compared(self, now: RememberedBody, known: RememberedBody | None, *, sent: bool) -> RememberedBody:
        """An answer beside the one before: confirmed where the same validators came unasked, for the same bytes."""
        if known is None or not now.validators or known.validators != now.validators:
            return now
        if known.token != now.token:
            self.liar = True
            return replace(now, validators=NO_VALIDATORS)
        return replace(now, confirmed=now.confirmed or known.confirmed or not sent)

    def beside(self, bodies: Mapping[str, RememberedBody], known: RememberedPage | None) -> dict[str, RememberedBody]:
        """Pictures that were asked for whole, beside what was known of them."""
        before = known.pictures if known else {}
        return {url: self.compared(body, before.get(url), sent=False) for url, body in bodies.items()}

    def described(self, reached: FetchResult, content: PageContent, known: RememberedPage | None) -> RememberedPage:
        """A page that is described anew, but for its pictures."""
        kept = self.kept(content)
        body = self._body(reached, known.body if known else None)
        return RememberedPage(self.editions, self.named(kept), b"", body, kept, {}, self.now)

    def same(self, reached: FetchResult, known: RememberedPage) -> bool:
        """Whether a page's body is the one that was described: the site says so, or its bytes are."""
        answer = reached.result
        told = isinstance(answer, Response) and answer.status == NOT_MODIFIED
        return told or (not reached.redirects and self._page_token(answer) == known.body.token)

    def revisited(self, reached: FetchResult, content: PageContent, known: RememberedPage) -> RememberedPage:
        """A page that stands as it was described, with what was learnt of its body now."""
        if isinstance(reached.result, Response) and reached.result.status == NOT_MODIFIED:
            return known
        body = self._body(reached, known.body)
        if content is known.content:
            return replace(known, body=body)
        kept = self.kept(content)
        return replace(known, own=self.named(kept), content=kept, body=body)

    def _body(self, reached: FetchResult, known: RememberedBody | None) -> RememberedBody:
        answer = reached.result
        if not isinstance(answer, Response) or reached.redirects:
            return RememberedBody(b"")
        return self.learnt(reached.permit.url, known, answer, self._page_token(answer))

    def _page_token(self, answer: Response | Failed) -> bytes:
        """The token of a page's bytes, and of all else that its reading depends on; empty for none."""
        if not isinstance(answer, Response):
            return b""
        digest = sha256(answer.untrusted_body).digest()
        return self.token("page", digest, answer.status, answer.complete, answer.untrusted_content_type)

    def named(self, content: PageContent) -> bytes:
        """The token of what a page names, without its parts. `content` is as `kept` left it."""
        references = [_said(one) for one in content.pictures]
        return self.token("named", references, content.notes, content.identifiers, content.untrusted_onions)

    def with_parts(self, own: bytes, in_parts: Sequence[PictureRef], notes: Sequence[str]) -> bytes:
        """The token of what a page and its parts name together. `in_parts` are as `kept` left them."""
        return self.token("with parts", own, [_said(one) for one in in_parts], tuple(notes))

    def kept(self, content: PageContent) -> PageContent:
        """What may be kept of a page: no byte of the pictures within it, but their tokens."""
        return replace(content, pictures=tuple(self._kept(one) for one in content.pictures))

    def _kept(self, reference: PictureRef) -> PictureRef:
        if not reference.untrusted_inline:
            return reference
        token = self.token("inline", sha256(reference.untrusted_inline).digest())
        return replace(reference, untrusted_inline=token)

    def token(self, *said: object) -> bytes:
        """A keyed token of values that have a stable `repr`."""
        return self.ledger.mark(repr(said).encode("utf-8", "surrogatepass"))

    def row(self, url: str, page: RememberedPage) -> Memory:
        """The page as the ledger keeps it."""
        return Memory(url, write_page(page), page.when + self.trust.kept, self.destroy_by)

    def part_row(self, url: str, part: RememberedPage) -> Memory:
        """A part of pages as the ledger keeps it: under this site, whatever site it is of."""
        return self.row(self._part_row(url), part)

    def at_end(self) -> Memory:
        """What is remembered of the site itself, when its visit ends."""
        full = self.now if self.full or self.last_full is None else self.last_full
        body = json.dumps([full.isoformat(), self.liar]).encode()
        return Memory(self._own_row, body, self.now + self.trust.kept, self.destroy_by)

    @property
    def _own_row(self) -> str:
        return f"site {self.site.address}"

    def _part_row(self, url: str) -> str:
        return f"part for {self.site.address} {url}"

    def _drawn(self, url: str) -> bool:
        """The lot of this visit's secret id: the site cannot foresee it."""
        said = f"{self.visit_id} {url}".encode("utf-8", "surrogatepass")
        return sha256(said).digest()[0] % AUDITED == 0


def write_page(page: RememberedPage) -> bytes:
    """A page as bytes."""
    content = page.content
    references = [_said(one) for one in content.pictures]
    return json.dumps(
        [
            page.editions.hex(),
            page.own.hex(),
            page.whole.hex(),
            _written(page.body),
            content.untrusted_links,
            content.untrusted_parts,
            content.notes,
            references,
            {url: _written(body) for url, body in page.pictures.items()},
            page.when.isoformat(),
        ]
    ).encode()


def read_page(written: bytes, leaves: Mapping[str, int]) -> RememberedPage:
    """What `write_page` wrote; the leaves of the records that describe it stand beside it."""
    editions, own, whole, body, links, parts, notes, references, pictures, when = json.loads(written)
    content = PageContent(
        tuple(links),
        tuple(PictureRef(url, way, linked, bytes.fromhex(inline)) for url, way, linked, inline in references),
        tuple(notes),
        tuple(parts),
    )
    return RememberedPage(
        editions=bytes.fromhex(editions),
        own=bytes.fromhex(own),
        whole=bytes.fromhex(whole),
        body=_read(body),
        content=content,
        pictures={url: _read(one) for url, one in pictures.items()},
        when=datetime.fromisoformat(when),
        leaves=leaves,
    )


def _said(reference: PictureRef) -> tuple[str, str, bool, str]:
    """All of a reference; its `repr` leaves the bytes out."""
    return (
        reference.untrusted_url,
        reference.embedding,
        reference.linked_only,
        reference.untrusted_inline.hex(),
    )


def _written(body: RememberedBody) -> list[object]:
    return [body.token.hex(), body.validators.etag, body.validators.last_modified, body.confirmed]


def _read(written: tuple[str, str, str, bool]) -> RememberedBody:
    token, etag, last_modified, confirmed = written
    return RememberedBody(bytes.fromhex(token), Validators(etag, last_modified), confirmed)
