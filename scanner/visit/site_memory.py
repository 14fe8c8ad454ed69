"""The memory of a site between its visits, and when a fetch may be conditional on a change.

- Kept of a page: its links and references, the validators that it and its pictures came with, and keyed tokens of their
  bytes; the same of each subresource, once for all pages of the site. No verdict and no hash: which pictures were
  findings stands in the sealed records alone.
- A page whose pictures are all unchanged since a record described it, under the same hash lists and the same settings,
  is recorded as unchanged since that record. Otherwise it is described again, from bytes fetched for it.
- A validator works as a cookie, so it is sent only once two visits received the same one for the same bytes, at the
  second of which it was not sent: what every visitor receives identifies none of them (docs/adr/0016).
- A site may lie. One answer in `AUDITED`, by lot, is requested whole; other bytes under the same validators end all
  trust in that site's. Every `full_visit_days` nothing is sent: the site then meets an unknown visitor.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from reports.ledger.ledger import Ledger, Memory, SiteKey
from scanner.exchange.port import Response
from scanner.exchange.validators import NO_VALIDATORS, NOT_MODIFIED, Validators
from scanner.fetch.visit_fetches import FetchResult
from scanner.page.content import PageContent, PictureRef

AUDITED = 16
CONTRADICTED = "the site called unchanged what had changed"
"""The note of the page at which an audit found it out."""


class Conditional(StrEnum):
    """When a validator is sent back."""

    CONFIRMED = "confirmed"
    """Once two visits received the same, at the second of which it was not sent."""
    AT_ONCE = "at once"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class RevisitPolicy:
    """The settings: when validators are sent, how often a visit sends none, how long a page is remembered."""

    conditional: Conditional = Conditional.CONFIRMED
    full_visit: timedelta = timedelta(days=7)
    kept: timedelta = timedelta(days=90)


DEFAULT_REVISIT = RevisitPolicy()


@dataclass(frozen=True, slots=True)
class RememberedBody:
    """The keyed token of one answer's bytes, with the validators that came with them."""

    token: bytes
    validators: Validators = NO_VALIDATORS
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class RememberedPage:
    """A page as it was last described or found unchanged. `content` holds tokens in place of inline pictures' bytes.

    `own` and `whole` are tokens of what the page names, without and with its subresources. `editions` is the token of
    the hash lists, the settings and the program that judged it.
    """

    editions: bytes
    own: bytes
    whole: bytes
    body: RememberedBody
    content: PageContent
    pictures: Mapping[str, RememberedBody]
    when: datetime
    """When it was described; it may be found unchanged for as long after that as the settings say."""
    leaves: Mapping[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class SiteMemory:
    """The memory of one site, during one visit. Safe to call from several threads."""

    ledger: Ledger
    site: SiteKey
    visit_id: str
    policy: RevisitPolicy
    editions: bytes
    now: datetime
    destroy_by: datetime | None
    last_full: datetime | None = None
    contradicted: bool = False
    """True if the site has called unchanged what had changed."""
    put_offs: int = 0
    """The visits in a row that were put off because it asked to wait."""
    slow_seconds: float = 0.0
    """The gap between requests that it asked for; 0 if it did not."""

    def __post_init__(self) -> None:
        recalled = self.ledger.recall(self.site, self._own_row)
        if recalled is not None:
            since, self.contradicted, *asked = json.loads(recalled.body)
            self.put_offs, self.slow_seconds = asked or (0, 0.0)
            self.last_full = datetime.fromisoformat(since)

    @property
    def full(self) -> bool:
        """True if this visit sends no validators at all."""
        if self.policy.conditional is Conditional.NEVER or self.contradicted or self.last_full is None:
            return True
        return not timedelta() <= self.now - self.last_full < self.policy.full_visit

    def page(self, url: str) -> RememberedPage | None:
        """Return this page as it is remembered."""
        recalled = self.ledger.recall(self.site, url)
        return None if recalled is None else read_page(recalled.body, recalled.leaves)

    def subresource(self, url: str) -> RememberedPage | None:
        """Return this subresource as it is remembered, if this program read it with these settings."""
        known = self.page(self._subresource_row(url))
        return known if known is not None and known.editions == self.editions else None

    def validators_for(self, url: str, known: RememberedBody | None) -> Validators:
        """Return the validators to send for this URL."""
        if known is None or self.full or self._audited(url):
            return NO_VALIDATORS
        at_once = self.policy.conditional is Conditional.AT_ONCE
        return known.validators if known.confirmed or at_once else NO_VALIDATORS

    def update(self, url: str, known: RememberedBody | None, token: bytes, validators: Validators) -> RememberedBody:
        """Return what to remember of an answer that came with its bytes."""
        return self._compared(RememberedBody(token, validators), known, sent=bool(self.validators_for(url, known)))

    def update_pictures(
        self, bodies: Mapping[str, RememberedBody], known: RememberedPage | None
    ) -> dict[str, RememberedBody]:
        """Return what to remember of pictures that were requested whole."""
        before = known.pictures if known else {}
        return {url: self._compared(body, before.get(url), sent=False) for url, body in bodies.items()}

    def _compared(self, body: RememberedBody, known: RememberedBody | None, *, sent: bool) -> RememberedBody:
        """Confirm validators that came again unsent, for the same bytes; note a contradiction if the bytes differ."""
        if known is None or not body.validators or known.validators != body.validators:
            return body
        if known.token != body.token:
            self.contradicted = True
            return replace(body, validators=NO_VALIDATORS)
        return replace(body, confirmed=body.confirmed or known.confirmed or not sent)

    def page_body(self, fetched: FetchResult, known: RememberedPage | None) -> RememberedBody:
        """Return what to remember of a page's bytes, and of all else that its reading depends on."""
        answer, before = fetched.result, known.body if known else None
        if not isinstance(answer, Response) or fetched.redirects:
            return RememberedBody(b"")
        if before is not None and answer.status == NOT_MODIFIED:
            return before
        digest = sha256(answer.untrusted_body).digest()
        token = self.token("page", digest, answer.status, answer.complete, answer.untrusted_content_type)
        return self.update(fetched.permit.url, before, token, answer.lasting_validators)

    def described(self, content: PageContent, body: RememberedBody) -> RememberedPage:
        """Return a page as it is read now, without its pictures."""
        kept = self._kept(content)
        return RememberedPage(self.editions, self._named(kept), b"", body, kept, {}, self.now)

    def revisited(self, content: PageContent, body: RememberedBody, known: RememberedPage) -> RememberedPage:
        """Return a page that may stand as it was described, with its content and body as they are now."""
        if content is known.content:
            return replace(known, body=body)
        kept = self._kept(content)
        return replace(known, own=self._named(kept), content=kept, body=body)

    def with_subresources(self, own: bytes, named: Sequence[PictureRef], notes: Sequence[str]) -> bytes:
        """Return the token of what a page and its subresources name together."""
        return self.token("with parts", own, [_fields(reference) for reference in named], tuple(notes))

    def _named(self, kept: PageContent) -> bytes:
        references = [_fields(reference) for reference in kept.pictures]
        return self.token("named", references, kept.notes, kept.identifiers, kept.untrusted_onions)

    def _kept(self, content: PageContent) -> PageContent:
        """Return what may be kept of a page: tokens in place of the bytes of its inline pictures."""
        return replace(content, pictures=tuple(self._kept_reference(reference) for reference in content.pictures))

    def _kept_reference(self, reference: PictureRef) -> PictureRef:
        if not reference.untrusted_inline:
            return reference
        token = self.token("inline", sha256(reference.untrusted_inline).digest())
        return replace(reference, untrusted_inline=token)

    def token(self, *values: object) -> bytes:
        """Return a keyed token of values that have a stable `repr`."""
        return self.ledger.mark(repr(values).encode("utf-8", "surrogatepass"))

    def row(self, url: str, page: RememberedPage) -> Memory:
        """Return the page as the ledger keeps it."""
        return Memory(url, write_page(page), page.when + self.policy.kept, self.destroy_by)

    def subresource_row(self, url: str, subresource: RememberedPage) -> Memory:
        """Return a subresource as the ledger keeps it: under this site, whichever site serves it."""
        return self.row(self._subresource_row(url), subresource)

    def site_row(self, *, put_off: bool, slow_seconds: float) -> Memory:
        """Return what the ledger keeps of the site itself when its visit ends."""
        asked = [self.put_offs + 1 if put_off else 0, slow_seconds]
        full = self.now if self.full or self.last_full is None else self.last_full
        body = json.dumps([full.isoformat(), self.contradicted, *asked]).encode()
        return Memory(self._own_row, body, self.now + self.policy.kept, self.destroy_by)

    @property
    def _own_row(self) -> str:
        return f"site {self.site.address}"

    def _subresource_row(self, url: str) -> str:
        return f"part for {self.site.address} {url}"

    def _audited(self, url: str) -> bool:
        """Return True by a lot that the site cannot foresee: it is drawn from this visit's secret id."""
        drawn = f"{self.visit_id} {url}".encode("utf-8", "surrogatepass")
        return sha256(drawn).digest()[0] % AUDITED == 0


def write_page(page: RememberedPage) -> bytes:
    """Return a page as bytes."""
    content = page.content
    return json.dumps(
        [
            page.editions.hex(),
            page.own.hex(),
            page.whole.hex(),
            _written(page.body),
            content.untrusted_links,
            content.untrusted_parts,
            content.notes,
            [_fields(reference) for reference in content.pictures],
            {url: _written(body) for url, body in page.pictures.items()},
            page.when.isoformat(),
        ]
    ).encode()


def read_page(written: bytes, leaves: Mapping[str, int]) -> RememberedPage:
    """Read what `write_page` wrote. `leaves` are those of the records that describe the page."""
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
        pictures={url: _read(picture) for url, picture in pictures.items()},
        when=datetime.fromisoformat(when),
        leaves=leaves,
    )


def _fields(reference: PictureRef) -> tuple[str, str, bool, str]:
    """Return all fields of a reference; its `repr` leaves the bytes out."""
    return reference.untrusted_url, reference.embedding, reference.linked_only, reference.untrusted_inline.hex()


def _written(body: RememberedBody) -> list[object]:
    return [body.token.hex(), body.validators.etag, body.validators.last_modified, body.confirmed]


def _read(written: tuple[str, str, str, bool]) -> RememberedBody:
    token, etag, last_modified, confirmed = written
    return RememberedBody(bytes.fromhex(token), Validators(etag, last_modified), confirmed)
